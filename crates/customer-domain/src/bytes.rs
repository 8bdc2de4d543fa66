//! Bytes, many at a time.
//!
//! [`any`] and [`any_pair`] test each byte of a block without branching, so that the
//! compiler can use the processor's instructions for vectors: write a test with `|`
//! and `&`, not `||` and `&&`.
//!
//! [`position`] takes words of eight bytes, a lane each, and its test sets the high bit
//! of each lane it means ("Determine if a word has a byte equal to n", "less than
//! n"; Anderson, Bit Twiddling Hacks). A lane borrows from its neighbour only once it
//! is itself found, so that the first one found is right, and so is it that none is.

/// How many bytes are tested at once.
const BLOCK: usize = 16;

/// One in each lane.
const EACH: u64 = u64::from_ne_bytes([1; 8]);

/// The bits by which lanes are found.
const HIGH_BITS: u64 = EACH * 0x80;

/// The lanes that hold that byte.
const fn equal(word: u64, byte: u8) -> u64 {
    let different = word ^ (EACH * byte as u64);
    different.wrapping_sub(EACH) & !different
}

/// The lanes that hold a lesser byte than that one, which is of ASCII.
const fn less(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(EACH * byte as u64) & !word
}

/// The lanes that cannot stand in a string of JSON as they are: a quotation mark,
/// a backslash, a control character.
pub(crate) const fn escaped_in_json(word: u64) -> u64 {
    equal(word, b'"') | equal(word, b'\\') | less(word, b' ')
}

/// Whether a byte is one of those. In this form, because of several `==` in one test
/// the compiler may make a table of bits, which no block can be looked up in.
pub(crate) fn one_of<const N: usize>(byte: u8, bytes: [u8; N]) -> bool {
    bytes
        .into_iter()
        .fold(u8::MAX, |least, other| least.min(byte ^ other))
        == 0
}

/// Whether a byte cannot stand in a string of JSON as it is.
pub(crate) fn is_escaped_in_json(byte: u8) -> bool {
    one_of(byte, [b'"', b'\\']) | (byte < b' ')
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

/// Whether a byte passes.
///
/// Not inlined, no more than what finds pairs: what its caller knows of single bytes
/// would take the blocks apart.
#[inline(never)]
pub(crate) fn any(bytes: &[u8], test: impl Fn(u8) -> bool + Copy) -> bool {
    let in_block = |block: &[u8]| block.iter().fold(false, |found, b| found | test(*b));
    // The last block may well have been looked at before, in part.
    if let Some(last) = bytes.last_chunk::<BLOCK>() {
        let (blocks, _) = bytes.as_chunks::<BLOCK>();
        let mut found = in_block(last);
        for block in blocks {
            found |= in_block(block);
        }
        return found;
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return in_block(first) | in_block(last);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return in_block(first) | in_block(last);
    }
    bytes.iter().any(|byte| test(*byte))
}

/// Whether a byte and the one after it pass.
pub(crate) fn any_pair(bytes: &[u8], test: impl Fn(u8, u8) -> bool + Copy) -> bool {
    match (bytes.split_last(), bytes.split_first()) {
        (Some((_, firsts)), Some((_, seconds))) => any_at_once(firsts, seconds, test),
        (None, _) | (_, None) => false,
    }
}

/// Whether the bytes at one place of both pass, which are of one length.
#[inline(never)]
fn any_at_once(one: &[u8], other: &[u8], test: impl Fn(u8, u8) -> bool + Copy) -> bool {
    let in_block = |one: &[u8], other: &[u8]| {
        let pairs = one.iter().zip(other);
        pairs.fold(false, |found, (a, b)| found | test(*a, *b))
    };
    if let (Some(last), Some(other_last)) = (one.last_chunk::<BLOCK>(), other.last_chunk::<BLOCK>())
    {
        let (blocks, _) = one.as_chunks::<BLOCK>();
        let (other_blocks, _) = other.as_chunks::<BLOCK>();
        let mut found = in_block(last, other_last);
        for (block, other_block) in blocks.iter().zip(other_blocks) {
            found |= in_block(block, other_block);
        }
        return found;
    }
    if let (Some(first), Some(last), Some(other_first), Some(other_last)) = (
        one.first_chunk::<8>(),
        one.last_chunk::<8>(),
        other.first_chunk::<8>(),
        other.last_chunk::<8>(),
    ) {
        return in_block(first, other_first) | in_block(last, other_last);
    }
    in_block(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each length around a block, each place in it, each byte.
    fn every_case(mut visit: impl FnMut(&[u8], usize, u8)) {
        for length in 1..=33 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = [b'a'; 33];
                    bytes[place] = byte;
                    visit(&bytes[..length], place, byte);
                }
            }
        }
    }

    #[test]
    fn each_test_finds_the_bytes_it_is_for() {
        every_case(|bytes, place, byte| {
            assert_eq!(any(bytes, |b| b < b' '), byte < b' ');
            let found = position(bytes, escaped_in_json);
            let is_escaped = matches!(byte, b'"' | b'\\' | 0..=0x1F);
            assert_eq!(found, is_escaped.then_some(place));
            assert_eq!(any(bytes, is_escaped_in_json), is_escaped);
        });
    }

    #[test]
    fn a_pair_is_two_bytes_side_by_side_in_their_order() {
        assert!(!any_pair(b"", |_, _| true));
        assert!(!any_pair(b"a", |_, _| true));
        every_case(|bytes, place, byte| {
            let before = any_pair(bytes, |a, b| (a == byte) & (b == b'a'));
            let after = any_pair(bytes, |a, b| (a == b'a') & (b == byte));
            let is_last = place + 1 == bytes.len();
            let has_pair = bytes.len() > 1;
            assert_eq!(before, has_pair && (byte == b'a' || !is_last), "{bytes:?}");
            assert_eq!(after, has_pair && (byte == b'a' || place > 0), "{bytes:?}");
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
