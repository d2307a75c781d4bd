//! The texts of a report in the place of a host: what they are read as, and how to give what they lack.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::bounded;
use crate::doctor::Unseen;
use crate::host::function::DEVICES;
use crate::host::reading::RELEASE;
use crate::host::{Tree, interrupts, lspci};

/// The texts of a report, each in a file, and the release that was given with them.
pub(super) struct Texts<'a> {
    pub lspci: Option<&'a Path>,
    pub interrupts: Option<&'a Path>,
    pub release: Option<&'a str>,
}

/// A report's lspci, its /proc/interrupts and its kernel as a tree; what they leave open; and what was undone of them.
pub(super) fn listing(texts: &Texts<'_>) -> Result<(Tree, Vec<Unseen>, Vec<String>)> {
    let (mut listing, mut undone, mut beside) = (lspci::Listing::default(), Vec::new(), None);
    let mut say = |path: &Path, what: Option<String>| {
        undone.extend(what.map(|what| format!("{}: {what}", path.display())));
    };
    if let Some(path) = texts.lspci {
        let bytes = bounded::bytes(path, bounded::TEXT)?;
        listing = lspci::read(&bytes).with_context(|| format!("cannot read {}", path.display()))?;
        say(path, listing.undone.take());
        beside = interrupts::beside_lspci(&bytes);
    }
    if let Some(path) = texts.interrupts {
        let (text, what) = interrupts::pasted(&bounded::bytes(path, bounded::TEXT)?)
            .with_context(|| format!("cannot read {}", path.display()))?;
        say(path, what);
        listing.put(interrupts::PATH, text);
    } else if let Some(text) = beside {
        listing.put(interrupts::PATH, text);
    }
    if let Some(release) = texts.release {
        listing.put(RELEASE, release.as_bytes().to_vec());
    }
    let unseen = |(subject, reason)| Unseen {
        subject,
        reason,
        matters: None,
    };
    let given = texts.lspci.or(texts.interrupts);
    let name = given.map_or(String::new(), |path| path.display().to_string());
    let unknown = listing.unknown.into_iter().map(unseen).collect();
    Ok((Tree::from_nodes(listing.nodes).named(name), unknown, undone))
}

/// Facts that a report's lspci does not have cannot be read from files: an option gives them.
pub(super) fn give(unseen: &mut Unseen, texts: &Texts<'_>) {
    let options = [
        (
            interrupts::PATH,
            texts.interrupts.is_some(),
            "give that host's with --interrupts FILE",
        ),
        (
            RELEASE,
            texts.release.is_some(),
            "give that host's with --release, as uname -r prints it",
        ),
    ];
    if let Some((path, _, how)) = options
        .into_iter()
        .find(|(path, given, _)| unseen.subject == *path && !given)
    {
        unseen.subject = format!("/{path}");
        unseen.reason = how.to_string();
    }
}

/// Refuses an address that is there in another domain only: `02:00.0` stands for domain 0.
pub(super) fn elsewhere(tree: &Tree, addresses: &[String]) -> Result<()> {
    let names = if addresses.is_empty() {
        None
    } else {
        tree.names(DEVICES)
    };
    let names = names.unwrap_or_default();
    for address in addresses.iter().filter(|address| !names.contains(address)) {
        let slot = |name: &str| name.split_once(':').map(|(_, slot)| slot.to_string());
        let same: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| slot(name) == slot(address))
            .collect();
        if let Some(first) = same.first() {
            bail!(
                "there is no function {address} on this host; there is {}: eoi doctor {first}",
                same.join(", ")
            );
        }
    }
    Ok(())
}
