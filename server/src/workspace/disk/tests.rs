//! Writing to the disk.
