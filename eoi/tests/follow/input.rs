//! The input: every layout of a line, a text that is no recording, and recordings that were damaged.

use eoi::error::Status;
use eoi::trace::entry::{Entry, What};
use eoi::trace::text;

use super::order::EARLY_UNMASK;
use super::{XICS_LAZY, XIVE_LAZY, XIVE_UNLAZY, examine, read};

#[test]
fn every_layout_of_a_line_is_read() {
    let body = "xive_irq_eoi <-handle_fasteoi_irq";
    for (line, irq) in [
        (format!(" a b-7   [002] d.h..     6.7: {body}"), Some(true)),
        (
            format!(" [x] -7   (    6) [002] d.h..     6.7: {body}"),
            Some(true),
        ),
        (
            format!(" a-7   (-------) [002] .....     6.7: {body}"),
            Some(false),
        ),
        (format!(" a-7   [002]     6.7: {body}"), None),
        (
            format!(
                " a-7   [002]     6.7: function:             {}",
                body.replace("<-", "<-- ")
            ),
            None,
        ),
        (
            format!(
                "   a-7       2d.h1.   12us+: {}",
                body.replace(" <-", "+0x8/0x40 <-")
            ),
            Some(true),
        ),
    ] {
        let what = What::Function("xive_irq_eoi", Some("handle_fasteoi_irq"));
        let mut seen = 0;
        let mut visit = |read: Entry<'_>| {
            assert_eq!(
                read,
                Entry {
                    number: 1,
                    cpu: 2,
                    pid: 7,
                    irq,
                    what
                },
                "{line}"
            );
            seen += 1;
            Ok(())
        };
        let text = format!("{line}\n");
        text::each(&mut text.as_bytes(), &|_| true, &mut visit)
            .unwrap_or_else(|error| panic!("{line}: {error:#}"));
        assert_eq!(seen, 1, "{line}");
    }
}

#[test]
fn what_is_no_recording_is_refused_with_what_to_do() {
    let says = |bytes: &[u8]| {
        let error = read(bytes).err().expect("no recording");
        (Status::of(&error), format!("{error:#}"))
    };
    let cut = &XIVE_LAZY.as_bytes()[..1000];
    for (bytes, part) in [
        (&b""[..], "no entry"),
        (b"# tracer: function\n#\n", "no entry"),
        (b"hello\nworld\n", "line 1 (at byte 0) is not ftrace text"),
        (b"\x17\x08\x44tracing6\0", "at byte 12 the byte order"),
        (b"\x7fELF\x02\x01\0\0", "line 1 (at byte 0) is not text"),
        (
            b"# tracer: function_graph\n 0)  1.2 us x;\n",
            "line 2 (at byte 25) is not ftrace text",
        ),
        (&[b' '; 1 << 20][..], "line 1 (at byte 0)"),
        (cut, "is cut"),
    ] {
        let (status, error) = says(bytes);
        assert_eq!(status, Status::Usage, "{error}");
        assert!(error.contains(part), "{error}");
    }
    // A good recording of the wrong functions: the answer names the right ones.
    let wrong: String = XIVE_LAZY
        .lines()
        .filter(|line| line.contains("check_irq"))
        .map(|l| format!("{l}\n"))
        .collect();
    let (status, error) = says(wrong.as_bytes());
    assert_eq!(status, Status::Unknown, "{error}");
    assert!(
        error.contains("eoi trace --record --chip NAME"),
        "two controllers, two commands: {error}"
    );
    let error = format!(
        "{:#}",
        examine(&wrong, &["xive"], &[], &[])
            .err()
            .expect("too little")
    );
    for part in [
        "trace-cmd record",
        "-l 'vfio_intx_handler'",
        "-l 'handle_fasteoi_irq'",
        "-l 'xive_irq_eoi'",
        "-e irq:irq_handler_entry",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(
        !error.contains("ics_opal"),
        "only the functions of the controllers in question: {error}"
    );
}

/// Numbers that look random and are the same in every run (Knuth's MMIX generator).
fn next(seed: &mut u64) -> usize {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize
}

#[test]
fn no_mutation_of_a_recording_panics() {
    let mut seed = 1;
    let (mut errors, mut follows, mut departs) = (0, 0, 0);
    for round in 0..600 {
        let mut bytes = [XIVE_LAZY, XIVE_UNLAZY, XICS_LAZY, EARLY_UNMASK][round % 4]
            .as_bytes()
            .to_vec();
        for _ in 0..=next(&mut seed) % 4 {
            let at = next(&mut seed) % bytes.len();
            match next(&mut seed) % 6 {
                0 => bytes[at] = next(&mut seed) as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, b'\n'),
                3 => drop(bytes.remove(at)),
                kind => {
                    let mut lines: Vec<&[u8]> =
                        bytes.split_inclusive(|&byte| byte == b'\n').collect();
                    let (one, two) = (next(&mut seed) % lines.len(), next(&mut seed) % lines.len());
                    if kind == 4 {
                        lines.swap(one, two);
                    } else {
                        lines.insert(one, b"CPU:0 [LOST 3 EVENTS]\n");
                    }
                    bytes = lines.concat();
                }
            }
        }
        match read(&bytes) {
            Err(_) => errors += 1,
            Ok(verdict) if verdict.follows() => follows += 1,
            Ok(_) => departs += 1,
        }
    }
    assert!(
        errors > 0 && follows > 0 && departs > 0,
        "{errors} errors, {follows} follow, {departs} depart"
    );
}
