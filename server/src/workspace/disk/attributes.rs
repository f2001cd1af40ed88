//! What stays when a file gets new content: mode, owner, extended attributes
//! (which hold access control lists too).

use std::{ffi::CString, fs::File, io};

use rustix::fs::{self, Gid, Mode, Stat, Uid, XattrFlags};

/// Of one file, at one moment.
#[derive(Debug, Clone)]
pub struct Attributes {
    mode: Mode,
    owner: (Uid, Gid),
    extended: Vec<(CString, Vec<u8>)>,
}

impl Attributes {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let Stat { st_mode, st_uid, st_gid, .. } = fs::fstat(file)?;
        let owner = (Uid::from_raw(st_uid), Gid::from_raw(st_gid));
        Ok(Self { mode: Mode::from_raw_mode(st_mode), owner, extended: extended(file) })
    }

    /// Gives them to another file.
    pub(super) fn give(&self, file: &File) -> io::Result<()> {
        let (user, group) = self.owner;
        // Only the superuser can give files away; for others it is a no-op. It
        // goes before the mode, which it would trim.
        let _ = fs::fchown(file, Some(user), Some(group));
        for (name, value) in &self.extended {
            // Some belong to the system, and not every file system has them.
            let _ = fs::fsetxattr(file, name, value, XattrFlags::empty());
        }
        Ok(fs::fchmod(file, self.mode)?)
    }
}

/// The mode with which a file can be executed, by whoever can read it, or by
/// nobody.
pub(super) fn with_executable(mode: u32, executable: bool) -> u32 {
    if executable { mode | (mode & 0o444) >> 2 } else { mode & !0o111 }
}

/// Gives an open file that mode; what it has then is told by the system.
pub(super) fn set_executable(file: &File, executable: bool) -> io::Result<()> {
    let wanted = with_executable(mode(file)?, executable);
    fs::fchmod(file, Mode::from_raw_mode(wanted))?;
    if mode(file)? == wanted {
        Ok(())
    } else {
        Err(io::Error::other("the file system does not keep whether a file can be executed"))
    }
}

/// As `chmod` takes it.
pub(super) fn mode(file: &File) -> io::Result<u32> {
    Ok(fs::fstat(file)?.st_mode & super::raw::MODE_BITS)
}

/// Those that can be read; none on a file system without.
fn extended(file: &File) -> Vec<(CString, Vec<u8>)> {
    let names = match fs::flistxattr_query(file) {
        Ok(length) if length > 0 => {
            let mut names = vec![0_u8; length];
            match fs::flistxattr(file, &mut names[..]) {
                Ok(length) => names[..length].to_vec(),
                Err(_) => return Vec::new(),
            }
        }
        Ok(_) | Err(_) => return Vec::new(),
    };
    let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names
        .filter_map(|name| {
            let name = CString::new(name).ok()?;
            let mut value = vec![0; fs::fgetxattr_query(file, &name).ok()?];
            let length = fs::fgetxattr(file, &name, &mut value[..]).ok()?;
            value.truncate(length);
            Some((name, value))
        })
        .collect()
}
