//! Archives that come out again, and archives that mean harm.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

fn some() -> BTreeMap<String, Node> {
    BTreeMap::from([
        (
            "proc/interrupts".to_string(),
            Node::File(b"  1:  0\n".repeat(1000)),
        ),
        ("sys/empty".to_string(), Node::Directory),
        ("sys/driver".to_string(), Node::Link("vfio-pci".to_string())),
        (
            "sys/denied".to_string(),
            Node::Unreadable("Permission denied".to_string()),
        ),
        (
            format!("sys/{}", "long/".repeat(60) + "x"),
            Node::File(vec![0, 255]),
        ),
    ])
}

#[test]
fn what_is_packed_comes_out_again() {
    for name in ["host.tar", "host.tar.zst"] {
        let packed = pack(&some(), Path::new(name)).expect("packed");
        assert_eq!(packed.starts_with(&ZSTD), name.ends_with("zst"));
        let mut back = nodes(&packed).expect("unpacked");
        // A tar names directories; the ones above files are no nodes of ours.
        back.retain(|path, node| *node != Node::Directory || path == "sys/empty");
        assert_eq!(back, some());
    }
}

#[test]
fn damage_is_an_error_and_no_panic() {
    for name in ["host.tar", "host.tar.zst"] {
        let packed = pack(&some(), Path::new(name)).expect("packed");
        for at in (0..packed.len()).step_by(7) {
            let mut bytes = packed.clone();
            bytes[at] ^= 0x55;
            let _ = nodes(&bytes);
            let _ = nodes(&packed[..at]);
        }
    }
    for nothing in [&b""[..], b"hello", &ZSTD, &[0; 1024]] {
        assert!(nodes(nothing).is_err());
    }
}

#[test]
fn paths_cannot_leave_the_tree() {
    assert_eq!(plain("./a//b/").as_deref(), Some("a/b"));
    assert_eq!(plain("/etc/x").as_deref(), Some("etc/x"));
    assert_eq!(plain("a/../../x"), None);
    assert_eq!(plain("./"), None);
}

/// One entry's header, with a size that its file need not have.
fn header(kind: tar::EntryType, size: u64) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path("proc/x").expect("a short path");
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// A gzip stream of this many times the same bytes.
fn zipped(bytes: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory").repeat(times)
}

fn refusal(archive: &[u8]) -> String {
    format!(
        "{:#}",
        nodes(archive).expect_err("an archive that means harm")
    )
}

#[test]
fn a_length_that_no_file_has_is_refused_before_it_is_used() {
    let rows = [
        (
            tar::EntryType::Regular,
            MAX_FILE as u64 + 1,
            "proc/x has more than",
        ),
        (
            tar::EntryType::Regular,
            1 << 40,
            "states a size that no file has",
        ),
        (
            tar::EntryType::GNULongName,
            1 << 20,
            "name or attributes are too long",
        ),
        (
            tar::EntryType::XHeader,
            1 << 20,
            "name or attributes are too long",
        ),
        (tar::EntryType::GNUSparse, 8, "a sparse file"),
    ];
    for (kind, size, says) in rows {
        let refused = refusal(&header(kind, size));
        assert!(refused.contains(says), "{kind:?} of {size}: {refused}");
    }
}

#[test]
fn little_that_unpacks_to_much_is_refused() {
    let zeros = zipped(&vec![0; 1 << 20], 257);
    assert!(zeros.len() < 2 << 20);
    let refused = refusal(&[zipped(&header(tar::EntryType::Regular, 0), 1), zeros].concat());
    assert!(refused.contains("unpacks to more than"), "{refused}");

    let entries = header(tar::EntryType::Regular, 0).repeat(1 << 11);
    let refused = refusal(&zipped(&entries, (MAX_ENTRIES >> 11) + 1));
    assert!(refused.contains("more than 262144 entries"), "{refused}");
}
