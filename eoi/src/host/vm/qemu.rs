//! QEMU's command line, as /proc/PID/cmdline has it or as somebody wrote it.

use serde_json::Value;

use super::machine::{self, Handed, Vm, full};

/// The arguments of /proc/PID/cmdline, which end with a zero each.
#[must_use]
pub fn arguments(bytes: &[u8]) -> Vec<String> {
    bytes
        .split(|byte| *byte == 0)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect()
}

/// The words of a command as a shell takes it: quotes, a backslash before a character or a line's end.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => (quote, any) = (Some(c), true),
            (None | Some('"'), '\\') => match chars.next() {
                Some('\n') | None => {}
                Some(next) => word.push(next),
            },
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() || any {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            _ => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A command line of the words that the path of an interrupt depends on, made anew from what was read of it: the
/// program, the machine, its accelerator and controller, and for each vfio-pci its host address and x-no-kvm-intx. Names,
/// disks, networks, passwords and addresses are not in it. Empty if it hands nothing over.
#[must_use]
#[expect(
    clippy::needless_pass_by_value,
    reason = "every kind of file is redacted by a function of this type"
)]
pub fn redact(bytes: Vec<u8>) -> Vec<u8> {
    let vm = read(&arguments(&bytes));
    if vm.functions.is_empty() {
        return Vec::new();
    }
    let mut words: Vec<String> = vm.arch.into_iter().collect();
    let options = [
        ("type", vm.machine),
        (
            "accel",
            vm.kvm
                .map(|kvm| if kvm { "kvm" } else { "tcg" }.to_string()),
        ),
        ("kernel_irqchip", vm.irqchip),
        ("ic-mode", vm.ic_mode),
    ];
    let options = options
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{key}={}", value?)));
    words.extend([
        "-machine".to_string(),
        options.collect::<Vec<String>>().join(","),
    ]);
    for handed in vm.functions {
        let off = if handed.no_kvm_intx {
            ",x-no-kvm-intx=on"
        } else {
            ""
        };
        words.extend([
            "-device".to_string(),
            format!("vfio-pci,host={}{off}", handed.address),
        ]);
    }
    words.join("\0").into_bytes()
}

/// The machine that these words start.
#[must_use]
pub fn read(words: &[String]) -> Vm {
    let program = words
        .iter()
        .find(|word| word.contains("qemu"))
        .map(|word| word.rsplit('/').next().unwrap_or(word));
    let mut vm = Vm {
        arch: program.map(str::to_string),
        ..Vm::default()
    };
    let mut later = Vec::new();
    for pair in words
        .windows(2)
        .chain(words.last().map(std::slice::from_ref))
    {
        let Some(option) = pair[0].strip_prefix('-') else {
            continue;
        };
        let value = pair.get(1).map_or("", String::as_str);
        match option.trim_start_matches('-') {
            "machine" | "M" => machine(&mut vm, value),
            "accel" => accelerator(&mut vm, value),
            "enable-kvm" => vm.kvm = Some(true),
            "no-kvm" => vm.kvm = Some(false),
            "device" => vm.functions.extend(handed(value)),
            "name" => vm.name = vm.name.take().or_else(|| name(value)),
            "global" | "set" => later.push(value.to_string()),
            _ => {}
        }
    }
    for setting in later {
        let Some((key, value)) = setting.split_once('=') else {
            continue;
        };
        if let Some(option) = key.strip_prefix("vfio-pci.") {
            vm.set(None, option, value);
        } else if let Some((id, option)) = key
            .strip_prefix("device.")
            .and_then(|key| key.rsplit_once('.'))
        {
            vm.set(Some(id), option, value);
        }
    }
    vm
}

/// `guest=v,debug-threads=on`, `v`
fn name(value: &str) -> Option<String> {
    let first = value.split(',').next()?;
    let name = first.strip_prefix("guest=").unwrap_or(first);
    (!name.is_empty()).then(|| name.to_string())
}

/// `q35,accel=kvm,kernel_irqchip=split`
fn machine(vm: &mut Vm, value: &str) {
    for (index, part) in value.split(',').enumerate() {
        match part.split_once('=') {
            None if index == 0 => vm.machine = Some(part.to_string()),
            Some(("type", kind)) => vm.machine = Some(kind.to_string()),
            Some(("accel", accel)) => vm.kvm = Some(accel.split(':').next() == Some("kvm")),
            Some(("kernel_irqchip" | "kernel-irqchip", how)) => vm.irqchip = Some(how.to_string()),
            Some(("ic-mode", mode)) => vm.ic_mode = Some(mode.to_string()),
            _ => {}
        }
    }
}

/// `kvm`, `kvm,kernel-irqchip=split`; of several the first that works is taken, which is taken to be the first.
fn accelerator(vm: &mut Vm, value: &str) {
    let mut parts = value.split(',');
    let kind = parts
        .next()
        .map(|kind| kind.strip_prefix("accel=").unwrap_or(kind));
    vm.kvm = vm.kvm.or(Some(kind == Some("kvm")));
    let irqchip = parts
        .filter_map(|part| part.split_once('='))
        .find(|(key, _)| key.replace('_', "-") == "kernel-irqchip");
    vm.irqchip = vm
        .irqchip
        .take()
        .or(irqchip.map(|(_, how)| how.to_string()));
}

/// `vfio-pci,host=01:00.0,x-no-kvm-intx=on`, or the same as JSON.
fn handed(value: &str) -> Option<Handed> {
    let options: Vec<(String, String)> = if value.starts_with('{') {
        let Value::Object(object) = serde_json::from_str(value).ok()? else {
            return None;
        };
        let text = |value: Value| match value {
            Value::String(text) => text,
            Value::Bool(on) => if on { "on" } else { "off" }.to_string(),
            other => other.to_string(),
        };
        object
            .into_iter()
            .map(|(key, value)| (key, text(value)))
            .collect()
    } else {
        let parts = value.split(',').enumerate();
        let pair = |(index, part): (usize, &str)| match part.split_once('=') {
            Some((key, value)) => (key.to_string(), value.to_string()),
            None if index == 0 => ("driver".to_string(), part.to_string()),
            None => (part.to_string(), "on".to_string()),
        };
        parts.map(pair).collect()
    };
    let get = |name: &str| {
        options
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    if !get("driver").is_some_and(|driver| driver.starts_with("vfio-pci")) {
        return None;
    }
    let address = get("host").or_else(|| get("sysfsdev")?.rsplit('/').next())?;
    let no_kvm_intx = get("x-no-kvm-intx").is_some_and(machine::is_on);
    Some(Handed {
        address: full(address)?,
        id: get("id").map(str::to_string),
        no_kvm_intx,
    })
}
