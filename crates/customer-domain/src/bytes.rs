//! Searches bytes in blocks.
//!
//! All bytes of a block are tested without branches, so that the compiler can use vector
//! instructions. The tests use `|` and `&`, not `||` and `&&`. The functions that test a
//! block are not inlined: in the caller, the optimizer would split it into single bytes.

/// The number of bytes in a block.
const BLOCK: usize = 16;

/// Whether a byte is one of several. Not written with `==`, because the compiler may
/// turn several comparisons into a lookup in a bit table, which cannot be vectorized.
pub(crate) fn one_of<const N: usize>(byte: u8, bytes: [u8; N]) -> bool {
    bytes
        .into_iter()
        .fold(u8::MAX, |least, other| least.min(byte ^ other))
        == 0
}

/// Whether a byte needs an escape in a JSON string.
pub(crate) fn is_escaped_in_json(byte: u8) -> bool {
    one_of(byte, [b'"', b'\\']) | (byte < b' ')
}

/// The index of the first matching byte at or after `start`.
// Inlined, because a short string ends in its first block.
#[inline(always)]
pub(crate) fn position(
    bytes: &[u8],
    start: usize,
    test: impl Fn(u8) -> bool + Copy,
) -> Option<usize> {
    let mut rest = bytes.get(start..)?;
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        if let Some(index) = first_match(matching(block, test)) {
            return Some(bytes.len() - rest.len() + index);
        }
        rest = after;
    }
    position_at_end(bytes, bytes.len() - rest.len(), test)
}

/// [`position`] for a `start` less than a block before the end.
#[inline(never)]
fn position_at_end(bytes: &[u8], start: usize, test: impl Fn(u8) -> bool + Copy) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let Some(block) = bytes.last_chunk::<BLOCK>() else {
        let index = rest.iter().position(|byte| test(*byte))?;
        return Some(start + index);
    };
    // The last block begins before `start`.
    let bits_before = 8 * (BLOCK - rest.len()) as u32;
    let found = matching(block, test).checked_shr(bits_before)?;
    Some(start + first_match(found)?)
}

/// All bits of the matching bytes, the first byte in the lowest bits.
#[inline(always)]
fn matching(block: &[u8; BLOCK], test: impl Fn(u8) -> bool) -> u128 {
    let mut marks = [0; BLOCK];
    mark(block, &mut marks, test);
    u128::from_le_bytes(marks)
}

/// Sets all bits of the marks of matching bytes, in memory. A returned number would be
/// composed of single bytes on targets with 256-bit vectors.
#[inline(never)]
fn mark(block: &[u8; BLOCK], marks: &mut [u8; BLOCK], test: impl Fn(u8) -> bool) {
    for (byte, mark) in block.iter().zip(marks) {
        *mark = if test(*byte) { 0xFF } else { 0 };
    }
}

/// The index of the first byte in the result of [`matching`].
#[inline]
fn first_match(found: u128) -> Option<usize> {
    // In two halves: most strings end in the first one.
    let (low, high) = (found as u64, (found >> 64) as u64);
    if low != 0 {
        Some(low.trailing_zeros() as usize / 8)
    } else if high != 0 {
        Some(8 + high.trailing_zeros() as usize / 8)
    } else {
        None
    }
}

/// Whether any byte matches.
#[inline(never)]
pub(crate) fn any(bytes: &[u8], test: impl Fn(u8) -> bool + Copy) -> bool {
    let in_block = |block: &[u8]| block.iter().fold(false, |found, b| found | test(*b));
    // The last block may overlap the one before.
    if let Some(last) = bytes.last_chunk::<BLOCK>() {
        let (blocks, _) = bytes.as_chunks::<BLOCK>();
        return in_block(last) || blocks.iter().any(|block| in_block(block));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return in_block(first) | in_block(last);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return in_block(first) | in_block(last);
    }
    bytes.iter().any(|byte| test(*byte))
}

/// Whether any two adjacent bytes match.
pub(crate) fn any_pair(bytes: &[u8], test: impl Fn(u8, u8) -> bool + Copy) -> bool {
    match (bytes.split_last(), bytes.split_first()) {
        (Some((_, firsts)), Some((_, seconds))) => any_at_once(firsts, seconds, test),
        (None, _) | (_, None) => false,
    }
}

/// Whether the bytes at any index of two slices of equal length match.
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
        let mut pairs = blocks.iter().zip(other_blocks);
        return in_block(last, other_last) || pairs.any(|(a, b)| in_block(a, b));
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
    fn each_predicate_finds_its_bytes() {
        every_case(|bytes, place, byte| {
            assert_eq!(any(bytes, |b| b < b' '), byte < b' ');
            let is_escaped = matches!(byte, b'"' | b'\\' | 0..=0x1F);
            let found = position(bytes, 0, is_escaped_in_json);
            assert_eq!(found, is_escaped.then_some(place));
            assert_eq!(any(bytes, is_escaped_in_json), is_escaped);
        });
    }

    #[test]
    fn a_search_begins_at_its_start() {
        let bytes = [b'"'; 33];
        for length in 0..=33 {
            for start in 0..=34 {
                let found = position(&bytes[..length], start, |b| b == b'"');
                assert_eq!(found, (start < length).then_some(start));
            }
        }
        every_case(|bytes, place, byte| {
            for start in [place, place + 1] {
                let found = position(bytes, start, |b| b == byte && byte != b'a');
                assert_eq!(found, (start == place && byte != b'a').then_some(place));
            }
        });
    }

    #[test]
    fn a_pair_is_two_adjacent_bytes_in_order() {
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
    fn the_first_of_several_matches_is_found() {
        every_case(|bytes, place, byte| {
            let mut bytes = bytes.to_vec();
            bytes.extend(*b"\x01\"\x7F\"\xFF\"\0\"");
            let first = if byte == b'"' { place } else { bytes.len() - 7 };
            assert_eq!(position(&bytes, 0, |b| b == b'"'), Some(first));
        });
    }
}
