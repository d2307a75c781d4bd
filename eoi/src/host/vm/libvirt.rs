//! libvirt's XML of a domain, as `virsh dumpxml` prints it: read for the few elements that matter.

use super::machine::{Handed, Vm};
use super::qemu;

/// The machine of a domain.
#[must_use]
pub fn read(text: &str) -> Vm {
    let mut vm = Vm {
        kvm: element(text, "domain")
            .and_then(|tag| attribute(tag, "type"))
            .map(|kind| kind == "kvm"),
        name: between(text, "<name>", "</name>").map(|name| name.trim().to_string()),
        ..Vm::default()
    };
    if let Some(tag) = element(text, "type") {
        vm.arch = attribute(tag, "arch").map(str::to_string);
        vm.machine = attribute(tag, "machine").map(str::to_string);
    }
    // driver='qemu': the IO-APIC is QEMU's, which libvirt asks for by kernel_irqchip=split.
    let ioapic = element(text, "ioapic").and_then(|tag| attribute(tag, "driver"));
    vm.irqchip = ioapic.map(|driver| if driver == "qemu" { "split" } else { "on" }.to_string());
    for block in text.split("<hostdev").skip(1) {
        let block = block.split("</hostdev>").next().unwrap_or(block);
        vm.functions.extend(handed(block));
    }
    let extra = text
        .split("<qemu:arg")
        .skip(1)
        .filter_map(|tag| attribute(tag.split('>').next()?, "value"));
    let extra = qemu::read(&extra.map(str::to_string).collect::<Vec<_>>().split_off(0));
    vm.functions.extend(extra.functions);
    for setting in text
        .split("value='device.")
        .chain(text.split("value=\"device."))
        .skip(1)
    {
        let setting = setting.split(['\'', '"']).next().unwrap_or_default();
        if let Some((key, value)) = setting.split_once('=')
            && let Some((id, option)) = key.rsplit_once('.')
        {
            vm.set(Some(id), option, value);
        }
    }
    vm
}

/// The function that a `hostdev` of PCI names as its source.
fn handed(block: &str) -> Option<Handed> {
    let source = between(block, "<source>", "</source>")?;
    let tag = element(source, "address")?;
    let number =
        |name: &str| u32::from_str_radix(attribute(tag, name)?.trim_start_matches("0x"), 16).ok();
    let (bus, slot, function) = (number("bus")?, number("slot")?, number("function")?);
    let domain = number("domain").unwrap_or(0);
    let id = element(block, "alias")
        .and_then(|tag| attribute(tag, "name"))
        .map(str::to_string);
    Some(Handed {
        address: format!("{domain:04x}:{bus:02x}:{slot:02x}.{function:x}"),
        id,
        no_kvm_intx: false,
    })
}

/// The first tag of an element.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let open = format!("<{name}");
    let at = text.match_indices(&open).map(|(at, _)| at + open.len());
    let at = at
        .into_iter()
        .find(|&at| text[at..].starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/'))?;
    text[at..].split('>').next()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    for quote in ['\'', '"'] {
        let open = format!("{name}={quote}");
        let found = tag
            .match_indices(&open)
            .find(|(at, _)| tag[..*at].ends_with(char::is_whitespace));
        if let Some((at, _)) = found {
            return tag[at + open.len()..].split(quote).next();
        }
    }
    None
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inside, _)| inside)
}
