//! Mirrors that are not there, and mirrors that never end.

use super::*;
use crate::lab::archive::Archive;

#[test]
fn where_there_is_no_archive_the_error_says_so_once_and_how_to_do_without() {
    let lab = Lab::new(|_| {});
    // Nobody listens on a port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for mirror in [
        "file:/nonexistent".to_owned(),
        format!("http://127.0.0.1:{port}/debian"),
    ] {
        let error = lab.cache_of(&mirror).ensure(SET).unwrap_err();
        let says = format!("{error:#}");
        assert_eq!(Status::of(&error), Status::Unknown, "{says}");
        assert!(
            says.starts_with(&format!(
                "no Debian archive with the suite trixie can be reached at {mirror} ("
            )),
            "{says}"
        );
        for option in ["--qemu", "--kernel", "--modules", "--program"] {
            assert_eq!(says.matches(option).count(), 1, "{says}");
        }
        assert_eq!(says.lines().count(), 1, "{says}");
    }
}

/// An HTTP server that answers every request for a package with bytes without end; it counts those that it sent.
struct Endless {
    address: String,
    sent: &'static std::sync::atomic::AtomicU64,
}

impl Endless {
    /// More than this it does not send, so that a test that fails does not fill the disk.
    const MOST: u64 = 1 << 28;

    fn new() -> Self {
        use std::io::{BufRead, BufReader, Write};
        use std::sync::atomic::{AtomicU64, Ordering};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/debian", listener.local_addr().unwrap());
        let sent: &'static AtomicU64 = Box::leak(Box::default());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    let mut lines = BufReader::new(&stream).lines();
                    while lines
                        .next()
                        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
                    {
                    }
                    let mut out = &stream;
                    let _ = out.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                    let piece = vec![b'x'; 1 << 16];
                    while sent.load(Ordering::SeqCst) < Self::MOST && out.write_all(&piece).is_ok()
                    {
                        sent.fetch_add(piece.len() as u64, Ordering::SeqCst);
                    }
                });
            }
        });
        Self { address, sent }
    }
}

#[test]
fn a_mirror_that_never_ends_is_stopped_at_the_length_that_the_lock_says() {
    let lab = Lab::new(|_| {});
    let mirror = Endless::new();
    let error = lab.cache_of(&mirror.address).ensure(SET).unwrap_err();
    let says = format!("{error:#}");
    let wanted = format!("more came than the {} bytes that it has", lab.package.size);
    assert!(
        says.contains(&wanted) || says.contains("its hash was wrong"),
        "{says}"
    );
    let kept = fs::read_dir(lab.dir.path().join("cache/debs/partial"))
        .unwrap()
        .flatten();
    let kept: u64 = kept.map(|entry| entry.metadata().unwrap().len()).sum();
    assert!(kept < lab.package.size, "{kept} bytes were kept");
    let sent = mirror.sent.load(std::sync::atomic::Ordering::SeqCst);
    assert!(
        sent < Endless::MOST / 4,
        "{sent} bytes were taken of a file of {}",
        lab.package.size
    );
}

#[test]
fn a_list_that_never_ends_is_stopped_as_well() {
    let lab = Lab::new(|_| {});
    let mirror = Endless::new();
    let archive = Archive::find(
        Some(&mirror.address),
        Some(Path::new("/etc/passwd")),
        lab.dir.path().join("apt"),
    )
    .unwrap();
    fs::create_dir_all(lab.dir.path().join("apt")).unwrap();
    let error = archive.reach("trixie").unwrap_err();
    assert!(
        format!("{error:#}").contains("no Debian archive with the suite trixie"),
        "{error:#}"
    );
    let sent = mirror.sent.load(std::sync::atomic::Ordering::SeqCst);
    assert!(sent < Endless::MOST / 4, "{sent} bytes were taken");
}
