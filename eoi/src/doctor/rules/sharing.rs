//! Who else is on the line, and in the IOMMU group.

use crate::doctor::finding::{Finding, Severity};
use crate::doctor::seen::Seen;
use crate::host::{Device, Disintx, Evidence};

/// `line-not-exclusive`
pub fn line_not_exclusive(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    let irq = device.intx_irq().filter(|_| seen.judged(device) && !device.is_bridge())?;
    let disintx = Disintx::of(seen.host, device);
    if !disintx.lacks() || device.uses_messages() {
        return None;
    }
    let owners = seen.other_owners(device);
    let rivals = rivals(seen, device, irq);
    let (severity, cause) = if !owners.is_empty() {
        let who = owners.join(", ");
        let what = "vfio-pci has to have the line of a DisINTx- function for itself, and request_irq answers -EBUSY";
        (Severity::Error, format!("irq {irq} belongs to {who} as well: {what}"))
    } else if !rivals.is_empty() && !seen.host.in_use(device) {
        let who: Vec<&str> = rivals.iter().map(|rival| rival.address.as_str()).collect();
        let what = "the first that is handed over has the line for itself, and the second gets -EBUSY";
        (Severity::Warning, format!("irq {irq} is also that of {}, for vfio-pci too: {what}", who.join(", ")))
    } else {
        return None;
    };
    let finding = Finding::new("line-not-exclusive", severity, cause).of(device);
    Some(
        finding
            .because([seen.host.owners_evidence(irq), disintx.evidence().clone()])
            .remedy(moves(seen, device, irq, &disintx))
            .reference("vfio_intx_enable (drivers/vfio/pci/vfio_pci_intrs.c): no IRQF_SHARED without pci_2_3"),
    )
}

/// Other functions with this irq that vfio-pci would request it for.
fn rivals<'a>(seen: &Seen<'a>, device: &Device, irq: u32) -> Vec<&'a Device> {
    let others = seen.host.devices.iter().filter(|other| other.address != device.address);
    others.filter(|other| other.is_vfio() && !other.uses_messages() && other.intx_irq() == Some(irq)).collect()
}

/// The moves that give the function its line, the least first.
fn moves(seen: &Seen<'_>, device: &Device, irq: u32, disintx: &Disintx) -> String {
    let mut moves = Vec::new();
    if seen.host.nointxmask == Some(true) && disintx.lacks() {
        moves.push("load vfio_pci without nointxmask=1, if the function has DisINTx".to_string());
    }
    let others = seen.host.devices.iter().filter(|other| other.address != device.address);
    let on_line: Vec<&Device> =
        others.filter(|other| other.intx_irq() == Some(irq) && other.driver.is_some()).collect();
    for other in on_line.iter().filter(|other| !other.is_vfio()) {
        let capabilities = other.config.map(|config| config.capabilities).unwrap_or_default();
        let driver = other.driver.as_deref().unwrap_or_default();
        let has_msi = capabilities.msi.is_some() || capabilities.msix.is_some();
        let how = if has_msi { "let its driver use MSI, which it has, or unbind" } else { "unbind" };
        moves.push(format!("{how} {driver} from {}", other.address));
    }
    moves.push("put the function into a slot whose pin leads to another irq".to_string());
    moves.join("; or ")
}

/// `line-shared`
pub fn line_shared(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    let irq = device.intx_irq().filter(|_| seen.judged(device))?;
    let owners = seen.other_owners(device);
    let disintx = Disintx::of(seen.host, device);
    if owners.is_empty() || disintx.lacks() || device.uses_messages() {
        return None;
    }
    let mut cause = format!("irq {irq} belongs to {} as well; vfio-pci shares it by DisINTx", owners.join(", "));
    if matches!(disintx, Disintx::Unknown(_)) {
        cause = format!(
            "irq {irq} belongs to {} as well; whether the function has DisINTx is not known, and without it vfio-pci \
             gets -EBUSY",
            owners.join(", ")
        );
    }
    let finding = Finding::new("line-shared", Severity::Info, cause).of(device);
    Some(
        finding
            .because([seen.host.owners_evidence(irq), disintx.evidence().clone()])
            .reference("vfio_intx_enable (drivers/vfio/pci/vfio_pci_intrs.c); eoi check --scenario shared-line"),
    )
}

/// `group-shared`
pub fn group_shared(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    let disintx = Disintx::of(seen.host, device);
    if !seen.judged(device) || !disintx.lacks() {
        return None;
    }
    let bridge = |address: &String| seen.host.device(address).is_some_and(Device::is_bridge);
    let others: Vec<String> = device.group_members.iter().filter(|member| !bridge(member)).cloned().collect();
    let group = device.group.as_deref()?;
    if others.is_empty() {
        return None;
    }
    let cause = format!(
        "The IOMMU group {group} also has {}: all of it goes to one guest, and each of its DisINTx- functions needs a line \
         for itself",
        others.join(", ")
    );
    let path = format!("sys/kernel/iommu_groups/{group}/devices");
    let finding = Finding::new("group-shared", Severity::Warning, cause).of(device);
    Some(
        finding
            .because([Evidence::new(path, others.join(", ")), disintx.evidence().clone()])
            .remedy("put the function into a slot with an IOMMU group of its own")
            .reference("vfio_device_group (drivers/vfio/group.c): a group is handed over as a whole"),
    )
}

/// `line-owners`
pub fn line_owners(seen: &Seen<'_>, irq: u32) -> Option<Finding> {
    let asked = seen.request.irqs.contains(&irq);
    let (chip, path, line) = seen.host.chip(irq).filter(|_| asked)?;
    let kind = seen.host.lines.get(&irq).and_then(|line| line.trigger.as_deref()).unwrap_or("level or edge");
    let taken = seen.host.irqs.get(&irq).map_or(String::new(), |shown| format!(", {} interrupts taken", shown.total));
    let leads = seen.host.devices.iter().filter(|device| device.intx_irq() == Some(irq));
    let functions: Vec<&str> = leads.map(|device| device.address.as_str()).collect();
    let pins = if functions.is_empty() { "no function's pin".to_string() } else { functions.join(", ") };
    let cause = format!("irq {irq} is on {chip}, {kind}{taken}; what leads to it: {pins}");
    let evidence = [Evidence::at(path, line, format!("irq {irq} is on {chip}")), seen.host.owners_evidence(irq)];
    let finding = Finding::new("line-owners", Severity::Info, cause).on(irq).because(evidence);
    Some(finding.reference("/proc/interrupts (show_interrupts, kernel/irq/proc.c)"))
}
