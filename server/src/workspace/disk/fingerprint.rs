//! A number that tells two texts apart which nobody made to be confused. The
//! same in every version of the program: it is written down.
#![expect(clippy::disallowed_methods, reason = "what was noted is compared with the disk")]

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

/// Length in bytes, and a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fingerprint(u64, u64);

impl Fingerprint {
    pub(super) fn of(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    /// None when there is no such file.
    pub(super) fn of_file(path: &Path) -> io::Result<Option<Self>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(Self::of_bytes(&bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// FNV-1a over words of eight bytes, with the high bits brought down.
    fn of_bytes(bytes: &[u8]) -> Self {
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            sum = (sum ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME);
            sum ^= sum >> 32;
        }
        for byte in rest {
            sum = (sum ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
        Self(bytes.len() as u64, sum)
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn what_was_written_down_stays_right() {
        let shown = |text| format!("{:?}", Fingerprint::of(text));
        assert_eq!(shown(""), "Fingerprint(0, 14695981039346656037)");
        assert_eq!(shown("a"), "Fingerprint(1, 12638187200555641996)");
    }

    #[test]
    fn every_byte_counts() {
        let text = "0123456789abcdefghij";
        for at in 0..text.len() {
            let mut other = text.to_owned();
            other.replace_range(at..=at, "x");
            assert_ne!(Fingerprint::of(text), Fingerprint::of(&other), "{at}");
        }
        assert_ne!(Fingerprint::of("01234567\0"), Fingerprint::of("01234567"));
    }
}
