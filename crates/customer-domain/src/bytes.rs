//! Bytes, eight at a time.
//!
//! A word holds eight bytes of a text, one a lane. A test of a word sets the
//! high bit of each lane it means ("Determine if a word has a byte equal to n",
//! "less than n"; Anderson, Bit Twiddling Hacks). A lane borrows from its
//! neighbour only once it is itself found, so that the first one found is right,
//! and so is it that none is.

/// One in each lane.
const EACH: u64 = u64::from_ne_bytes([1; 8]);

/// The bits by which lanes are found.
pub(crate) const HIGH_BITS: u64 = EACH * 0x80;

/// The lanes that hold that byte.
pub(crate) const fn equal(word: u64, byte: u8) -> u64 {
    let different = word ^ (EACH * byte as u64);
    different.wrapping_sub(EACH) & !different
}

/// The lanes that hold a lesser byte than that one, which is of ASCII.
pub(crate) const fn less(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(EACH * byte as u64) & !word
}

/// The lanes that hold a control character of ASCII, in a word of UTF-8.
pub(crate) const fn control(word: u64) -> u64 {
    (word.wrapping_sub(EACH * b' ' as u64) | word.wrapping_add(EACH)) & !word
}

/// The lanes that cannot stand in a string of JSON as they are: a quotation mark,
/// a backslash, a control character.
pub(crate) const fn escaped_in_json(word: u64) -> u64 {
    equal(word, b'"') | equal(word, b'\\') | less(word, b' ')
}

/// The lanes that hold something else than visible ASCII or a space.
pub(crate) const fn unprintable(word: u64) -> u64 {
    word | word.wrapping_add(EACH) | word.wrapping_sub(EACH * b' ' as u64)
}

/// The lanes that hold a byte from the first to the last, in a word of ASCII.
pub(crate) const fn between(word: u64, first: u8, last: u8) -> u64 {
    (word + EACH * (0x80 - first as u64)) ^ (word + EACH * (0x7F - last as u64))
}

/// Whether each word of a text passes; the last is filled up.
pub(crate) fn every_word(bytes: &[u8], filler: u8, mut passes: impl FnMut(u64) -> bool) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let filled = |rest: &[u8]| {
        let filler = EACH * u64::from(filler);
        rest.iter()
            .rev()
            .fold(filler, |word, byte| word << 8 | u64::from(*byte))
    };
    words.iter().all(|word| passes(u64::from_le_bytes(*word)))
        && (rest.is_empty() || passes(filled(rest)))
}

/// Whether a byte is found anywhere. An `a` must not be.
pub(crate) fn any(bytes: &[u8], test: impl Fn(u64) -> u64) -> bool {
    let Some(last) = bytes.last_chunk::<8>() else {
        return !every_word(bytes, b'a', |word| test(word) & HIGH_BITS == 0);
    };
    let (words, _) = bytes.as_chunks::<8>();
    for word in words {
        if test(u64::from_le_bytes(*word)) & HIGH_BITS != 0 {
            return true;
        }
    }
    // It may well have been looked at before, in part.
    test(u64::from_le_bytes(*last)) & HIGH_BITS != 0
}

/// How many bytes stand before the first that is found.
pub(crate) fn position(bytes: &[u8], test: impl Fn(u64) -> u64) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut before = 0;
    for word in words {
        let found = test(u64::from_le_bytes(*word)) & HIGH_BITS;
        if found != 0 {
            return Some(before + found.trailing_zeros() as usize / 8);
        }
        before += 8;
    }
    let found = |byte: &u8| test(EACH * u64::from(*byte)) & HIGH_BITS != 0;
    rest.iter().position(found).map(|index| before + index)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each length around a word, each place in it, each byte.
    fn every_case(mut visit: impl FnMut(&[u8], usize, u8)) {
        for length in 1..=17 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = [b'a'; 17];
                    bytes[place] = byte;
                    visit(&bytes[..length], place, byte);
                }
            }
        }
    }

    #[test]
    fn each_test_finds_the_bytes_it_is_for() {
        every_case(|bytes, place, byte| {
            let printable = matches!(byte, b' '..=b'~');
            assert_eq!(any(bytes, unprintable), !printable, "{bytes:?}");
            assert_eq!(any(bytes, |word| less(word, b' ')), byte < b' ');
            assert_eq!(any(bytes, control), byte < b' ' || byte == 0x7F);
            assert_eq!(any(bytes, |word| equal(word, 0xC2)), byte == 0xC2);
            let found = position(bytes, |word| equal(word, b'"') | less(word, b' '));
            assert_eq!(found, (byte == b'"' || byte < b' ').then_some(place));
        });
    }

    #[test]
    fn the_first_of_several_is_found() {
        every_case(|bytes, place, byte| {
            let mut bytes = bytes.to_vec();
            bytes.extend(*b"\x01\"\x7F\"\xFF\"\0\"");
            let first = if byte == b'"' { place } else { bytes.len() - 7 };
            assert_eq!(position(&bytes, |word| equal(word, b'"')), Some(first));
        });
    }
}
