//! The doctor, asked on the machine itself about the function that is being driven.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use eoi_lab_protocol::Message;
use rustix::system::uname;

use crate::modules;

/// The tool, if the RAM disk has it.
const EOI: &str = "/eoi";
/// The file of its capture.
const CAPTURE: &str = "/capture.tar.zst";
/// Bytes of the capture in one message.
const CHUNK: usize = 120;
/// How long it looks, in seconds.
const WATCH: &str = "2";

/// Whether it calls the line dead. Its findings and its capture are appended to `messages`.
pub fn ask(address: &str, messages: &mut Vec<Message>) -> Result<bool> {
    modules_where_they_are_sought()?;
    let found = eoi(&[
        "doctor",
        address,
        "--watch",
        WATCH,
        "--format",
        "prometheus",
    ])?;
    messages.extend(
        found
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| Message::Doctor(line.into())),
    );
    let _ = fs::remove_file(CAPTURE); // of the case before
    eoi(&["doctor", address, "--capture", CAPTURE])?;
    let capture = fs::read(CAPTURE).with_context(|| format!("cannot read {CAPTURE}"))?;
    messages.extend(
        capture
            .chunks(CHUNK)
            .map(|chunk| Message::Capture(chunk.to_vec())),
    );
    let dead =
        |line: &&str| line.contains("name=\"line-stuck\"") && line.contains("severity=\"error\"");
    Ok(found.lines().any(|line| dead(&line)))
}

/// Runs the tool; 0 and 1 are answers.
fn eoi(args: &[&str]) -> Result<String> {
    let output = Command::new(EOI)
        .args(args)
        .output()
        .with_context(|| format!("cannot start {EOI}"))?;
    if !matches!(output.status.code(), Some(0 | 1)) {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{EOI} {} ended with {}: {}",
            args.join(" "),
            output.status,
            words.trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Modules stand where a distribution has them, so that the doctor can read vfio-pci's.
fn modules_where_they_are_sought() -> Result<()> {
    let release = uname().release().to_string_lossy().into_owned();
    let directory = Path::new("/lib/modules")
        .join(release)
        .join("kernel/drivers/vfio/pci");
    if directory.exists() {
        return Ok(());
    }
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    for path in modules::all()? {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let name = name.split_once('-').map_or(name.as_str(), |(_, name)| name); // without its number
        if name.starts_with("vfio-pci") {
            fs::hard_link(&path, directory.join(name))
                .with_context(|| format!("cannot link {}", path.display()))?;
        }
    }
    Ok(())
}
