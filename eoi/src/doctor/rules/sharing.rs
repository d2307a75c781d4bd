//! Who else uses the line, and who else is in the IOMMU group.

use crate::doctor::finding::Found;
use crate::doctor::seen::Seen;
use crate::host::{Disintx, Evidence, Function, Told};

/// The meaning of a failed request for a line of which no other owner is seen.
const BUSY: &str = "vfio-pci's request for the irq failed with EBUSY: another driver has the irq, and one of the two needs it \
                    alone. Nothing that was read shows which driver that is";
/// The evidence for it.
const FIND: &str = "Look at the end of the irq's line in /proc/interrupts while the guest is down; and for 'Flags mismatch irq' \
                    in the kernel's log (--dmesg), which names both";

/// `line-not-exclusive`
pub fn line_not_exclusive(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    let disintx = Disintx::of(seen.host, function);
    if !seen.judged(function) || !disintx.lacks() || function.uses_messages() {
        return None;
    }
    let busy = seen.host.told(function) == Some(Told::Busy);
    let Some(irq) = function.intx_irq() else {
        return busy.then(|| {
            Found::new(BUSY)
                .because([disintx.evidence().clone()])
                .remedy(FIND)
        });
    };
    let owners = seen.other_owners(function);
    let rivals = rivals(seen, function, irq);
    let summary = if !owners.names.is_empty() {
        let unclear = if owners.unclear {
            format!(" (unless that is {}'s own)", driver(function))
        } else {
            String::new()
        };
        format!(
            "irq {irq} is also used by {}{unclear}. vfio-pci needs the line of a DisINTx- function for itself, so that a guest \
             with this function does not start: its request for the irq fails with EBUSY",
            owners.names.join(", ")
        )
    } else if busy && rivals.is_empty() {
        format!("irq {irq}: {BUSY}")
    } else if !rivals.is_empty() && !seen.host.in_use(function) {
        format!(
            "irq {irq} is also the line of {}, which is bound to vfio-pci as well. The first of them that a guest uses has \
             the line for itself, and the other one's request for the irq fails with EBUSY",
            rivals.join(", ")
        )
    } else {
        return None;
    };
    let found = Found::new(summary).lesser_if(!busy && (owners.names.is_empty() || owners.unclear));
    let evidence = [seen.host.owners_evidence(irq), disintx.evidence().clone()];
    Some(found.because(evidence).remedy(moves(seen, function, irq)))
}

/// Functions that a sentence names before it says "others".
const NAMED: usize = 8;

/// The first of these words, and that there are others.
fn named(mut words: impl Iterator<Item = String>) -> Vec<String> {
    let mut named: Vec<String> = words.by_ref().take(NAMED).collect();
    if words.next().is_some() {
        named.push("others".to_string());
    }
    named
}

/// Addresses of other functions on this irq for which vfio-pci would request it.
fn rivals(seen: &Seen<'_>, function: &Function, irq: u32) -> Vec<String> {
    let rivals = seen
        .neighbours(function, irq)
        .filter(|other| other.is_vfio() && !other.uses_messages());
    named(rivals.map(|rival| rival.address.clone()))
}

/// The moves that give the function its line, the smallest first.
fn moves(seen: &Seen<'_>, function: &Function, irq: u32) -> String {
    let mut moves = Vec::new();
    if seen.host.nointxmask == Some(true) {
        moves.push("Load vfio_pci without nointxmask=1, if the function has DisINTx".to_string());
    }
    let others = seen
        .neighbours(function, irq)
        .filter(|other| !other.is_vfio())
        .filter_map(|other| Some((other, other.driver.as_ref()?)));
    for (other, driver) in others.take(NAMED) {
        let capabilities = other
            .config
            .map(|config| config.capabilities)
            .unwrap_or_default();
        let has_msi = capabilities.msi.is_some() || capabilities.msix.is_some();
        let how = if has_msi {
            "let its driver use MSI, which it has, or unbind"
        } else {
            "unbind"
        };
        moves.push(format!("{how} {driver} from {}", other.address));
    }
    moves.push(
        "put the function into a slot with an interrupt pin that leads to another irq".to_string(),
    );
    capitalised(&moves.join("; or "))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// `line-shared`
pub fn line_shared(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    let irq = function.intx_irq()?;
    let owners = seen.other_owners(function);
    let disintx = Disintx::of(seen.host, function);
    if !seen.judged(function)
        || owners.names.is_empty()
        || disintx.lacks()
        || function.uses_messages()
    {
        return None;
    }
    let names = owners.names.join(", ");
    let evidence = [seen.host.owners_evidence(irq), disintx.evidence().clone()];
    if matches!(disintx, Disintx::Unknown(_)) {
        let unclear = if owners.unclear {
            format!(" (unless that is {}'s own)", driver(function))
        } else {
            String::new()
        };
        let summary = format!(
            "irq {irq} is also used by {names}{unclear}. Not known: does the function have DisINTx? Without it, vfio-pci's \
             request for the irq fails with EBUSY, and the guest does not start"
        );
        let remedy = format!(
            "{}. If the guest did not start, say so with --busy; if you know the function, with --device no-disintx or \
             --device disintx",
            moves(seen, function, irq)
        );
        return Some(
            Found::new(summary)
                .lesser_if(owners.unclear)
                .because(evidence)
                .remedy(remedy),
        );
    }
    let summary = format!(
        "irq {irq} is also used by {names}; vfio-pci shares the line, since it can mask the function by DisINTx"
    );
    Some(Found::new(summary).lesser_if(true).because(evidence))
}

fn driver(function: &Function) -> &str {
    function.driver.as_deref().unwrap_or_default()
}

/// `group-shared`
pub fn group_shared(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    let disintx = Disintx::of(seen.host, function);
    let group = function.group.as_deref()?;
    let bridge = |address: &&String| seen.host.function(address).is_some_and(Function::is_bridge);
    let others: Vec<&str> = function
        .group_members
        .iter()
        .filter(|member| !bridge(member))
        .map(String::as_str)
        .collect();
    if !seen.judged(function) || !disintx.lacks() || others.is_empty() {
        return None;
    }
    let others = others.join(", ");
    let summary = format!(
        "The IOMMU group {group} also has {others}. A group goes to one guest as a whole, and each of its DisINTx- functions \
         needs a line for itself"
    );
    let evidence = Evidence::new(format!("sys/kernel/iommu_groups/{group}/devices"), others);
    let remedy = "Put the function into a slot with an IOMMU group of its own";
    Some(
        Found::new(summary)
            .because([evidence, disintx.evidence().clone()])
            .remedy(remedy),
    )
}

/// `line-owners`
pub fn line_owners(seen: &Seen<'_>, irq: u32) -> Option<Found> {
    if !seen.request.irqs.contains(&irq) {
        return None;
    }
    let leads = seen.functions_on(irq);
    let names: Vec<&str> = leads
        .iter()
        .map(|function| function.address.as_str())
        .collect();
    let pins = if names.is_empty() {
        "no function".to_string()
    } else {
        names.join(", ")
    };
    let Some((chip, path, line)) = seen.host.chip(irq) else {
        let first = leads.first()?;
        let summary = format!(
            "Not known: the controller and the owners of irq {irq}. Functions with a pin that leads to it: {pins}"
        );
        return Some(
            Found::new(summary).because([Evidence::new(first.path("irq"), irq.to_string())]),
        );
    };
    let kind = seen
        .host
        .lines
        .get(&irq)
        .and_then(|line| line.trigger.as_deref())
        .unwrap_or("level or edge");
    let taken = seen.host.irqs.get(&irq).map_or(String::new(), |shown| {
        format!(", {} interrupts taken", shown.total)
    });
    let summary = format!(
        "irq {irq} is on {chip}, {kind}{taken}. Functions with a pin that leads to it: {pins}"
    );
    let evidence = [
        Evidence::at(path, line, format!("irq {irq} is on {chip}")),
        seen.host.owners_evidence(irq),
    ];
    Some(Found::new(summary).because(evidence))
}
