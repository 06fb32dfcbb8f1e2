//! Extended attributes.

use std::{collections::BTreeMap, io};

use rustix::{
    fs::{XattrFlags, lgetxattr, llistxattr, lsetxattr},
    io::Errno,
};

use super::open::Spot;

/// The longest list of names, and the longest value, that Linux knows.
const LIMIT: usize = 64 << 10;

/// What this machine says of a file, and not the tree: labels of its security
/// modules, what its file systems note for themselves.
const OF_THE_MACHINE: [&[u8]; 6] = [
    b"security.selinux",
    b"security.ima",
    b"security.evm",
    b"system.nfs4_acl",
    b"trusted.overlay.",
    b"user.overlay.",
];

/// Reads the attributes of what lies at `spot`.
pub(super) fn read(spot: &Spot) -> io::Result<BTreeMap<Vec<u8>, Vec<u8>>> {
    let path = spot.through_proc();
    let mut names = vec![0; LIMIT];
    let count = match llistxattr(&path, &mut names[..]) {
        Ok(0) | Err(Errno::OPNOTSUPP) => return Ok(BTreeMap::new()),
        count => count?,
    };
    let mut found = BTreeMap::new();
    let names = names[..count].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    for name in names.filter(|name| !is_of_the_machine(name)) {
        let mut value = vec![0; LIMIT];
        match lgetxattr(&path, name, &mut value[..]) {
            Ok(count) => {
                value.truncate(count);
                found.insert(name.to_vec(), value);
            }
            // It went away, or is not for us to read.
            Err(Errno::NODATA | Errno::PERM | Errno::ACCESS) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// Sets an attribute of what lies at `spot`; whether that could be done.
pub(super) fn set(spot: &Spot, name: &[u8], value: &[u8]) -> io::Result<bool> {
    match lsetxattr(spot.through_proc(), name, value, XattrFlags::empty()) {
        Ok(()) => Ok(true),
        Err(Errno::PERM | Errno::OPNOTSUPP | Errno::ACCESS | Errno::INVAL) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether only root may set it.
pub(in crate::aci) fn is_of_root(name: &[u8]) -> bool {
    [&b"security."[..], b"trusted.", b"system."].iter().any(|of| name.starts_with(of))
}

fn is_of_the_machine(name: &[u8]) -> bool {
    OF_THE_MACHINE.iter().any(|of| name.starts_with(of))
}
