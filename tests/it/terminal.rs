//! A terminal that a test sits at.

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use std::fs::File;
use std::os::fd::OwnedFd;

/// Opens a terminal: the test's side of it, and the seat at which a process is to be put.
pub fn open() -> (File, OwnedFd) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let terminal = openpt(flags).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let seat = ioctl_tiocgptpeer(&terminal, flags).unwrap();
    (File::from(terminal), seat)
}
