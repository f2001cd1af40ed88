//! How much is kept of the files that tasks change.

use std::time::Duration;

use super::ConfigToml;

const MIB: u64 = 1024 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a store of checkpoints, which every workspace has one of, may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointLimits {
    /// Bytes of all contents together; with 0 nothing is kept.
    pub store_bytes: u64,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Older checkpoints are thrown away.
    pub age: Duration,
}

impl Default for CheckpointLimits {
    fn default() -> Self {
        Self { store_bytes: 1024 * MIB, file_bytes: 8 * MIB, age: 30 * DAY }
    }
}

impl CheckpointLimits {
    /// What a file says, laid over this; with the keys and values that it set.
    pub(super) fn lay_over(&mut self, file: &ConfigToml) -> Vec<(&'static str, u64)> {
        let mut set = Vec::new();
        if let Some(mebibytes) = file.checkpoint_store_mib {
            self.store_bytes = mebibytes.saturating_mul(MIB);
            set.push(("checkpoint_store_mib", mebibytes));
        }
        if let Some(mebibytes) = file.checkpoint_file_mib {
            self.file_bytes = mebibytes.saturating_mul(MIB);
            set.push(("checkpoint_file_mib", mebibytes));
        }
        if let Some(days) = file.checkpoint_max_age_days {
            self.age = DAY.saturating_mul(u32::try_from(days).unwrap_or(u32::MAX));
            set.push(("checkpoint_max_age_days", days));
        }
        set
    }

    /// Takes out of a workspace's file what would keep more; gives the settings
    /// that were taken out.
    pub(super) fn tighten(&self, file: &mut ConfigToml) -> Vec<String> {
        let mut wanted = *self;
        wanted.lay_over(file);
        let mut ignored = Vec::new();
        let mut check = |key: &str, value: &mut Option<u64>, more: bool| {
            if let Some(number) = value.take_if(|_| more) {
                ignored.push(format!("{key} = {number}"));
            }
        };
        let (store, size) = (self.store_bytes, self.file_bytes);
        check("checkpoint_store_mib", &mut file.checkpoint_store_mib, wanted.store_bytes > store);
        check("checkpoint_file_mib", &mut file.checkpoint_file_mib, wanted.file_bytes > size);
        let older = wanted.age > self.age;
        check("checkpoint_max_age_days", &mut file.checkpoint_max_age_days, older);
        ignored
    }
}
