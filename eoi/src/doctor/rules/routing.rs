//! From the pin to an irq: functions that do not answer, have no pin, or have a pin that leads nowhere.

use crate::doctor::finding::Found;
use crate::doctor::seen::Seen;
use crate::host::function::NOT_CONNECTED;
use crate::host::pci::{Config, Pin};
use crate::host::{Evidence, Function};

/// The configuration space of a function that answers.
fn answer(function: &Function) -> Option<Config> {
    function.config.filter(|config| !config.all_ones)
}

/// `config-all-ones`
pub fn config_all_ones(_: &Seen<'_>, function: &Function) -> Option<Found> {
    if !function.config?.all_ones {
        return None;
    }
    let state = function.power_state.as_deref();
    let (summary, remedy) = if state == Some("D3cold") {
        (
            "The function is in D3cold, which is to say without power, and does not answer",
            "Wake it: write 'on' to its power/control, or load vfio_pci with disable_idle_d3=1",
        )
    } else {
        (
            "The function does not answer: it is gone, its link is down, or it is switched off",
            "Remove it and rescan the bus, or reset its slot",
        )
    };
    let mut evidence = vec![Evidence::new(function.path("config"), "all ones")];
    evidence.extend(state.map(|state| Evidence::new(function.path("power_state"), state)));
    Some(Found::new(summary).because(evidence).remedy(remedy))
}

/// `no-pin`
pub fn no_pin(_: &Seen<'_>, function: &Function) -> Option<Found> {
    if answer(function)?.pin != Pin::Is(0) {
        return None;
    }
    let evidence = Evidence::new(function.path("config"), "Interrupt Pin (0x3d) is 0");
    Some(
        Found::new("The function has no interrupt pin, so that it never uses INTx")
            .because([evidence]),
    )
}

/// `bad-pin`
pub fn bad_pin(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    let pin = answer(function)?.pin.value()?;
    if pin <= 4 {
        return None;
    }
    let summary = format!(
        "The function says that its interrupt pin is {pin}; only 1 to 4 (INTA to INTD) exist"
    );
    // A driver of the host that uses MSI does not look at the pin.
    let harmless = function.uses_messages() && !seen.judged(function);
    let evidence = Evidence::new(
        function.path("config"),
        format!("Interrupt Pin (0x3d) is {pin}"),
    );
    let remedy =
        "A guest can use the function's MSI or MSI-X only. Look for newer firmware of the function";
    Some(
        Found::new(summary)
            .lesser_if(harmless)
            .because([evidence])
            .remedy(remedy),
    )
}

/// `no-route`
pub fn no_route(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    let config = answer(function)?;
    if !config.has_pin() || config.is_bridge() {
        return None;
    }
    // 255 in Interrupt Line is "unknown or no connection" on x86, and an irq like others where Linux has such a one.
    let irq = function.irq?;
    if irq != 0 && (irq != 255 || seen.host.chip(irq).is_some()) {
        return None;
    }
    let evidence = Evidence::new(function.path("irq"), irq.to_string());
    if function.driver.is_none() {
        let summary = "The function's interrupt pin leads to no irq yet; Linux looks for one when a driver is bound";
        return Some(Found::new(summary).lesser_if(true).because([evidence]));
    }
    let summary = "The function's interrupt pin leads to no irq: the firmware's tables have no entry for it, or the driver did \
                   not enable the function";
    let remedy = "Look for 'can't derive routing' or 'no GSI' in the kernel's log. A guest can use MSI or MSI-X only";
    Some(
        Found::new(summary)
            .lesser_if(!seen.judged(function))
            .because([evidence])
            .remedy(remedy),
    )
}

/// `irq-not-connected`
pub fn irq_not_connected(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    if function.irq? != NOT_CONNECTED {
        return None;
    }
    let evidence = Evidence::new(
        function.path("irq"),
        format!("{NOT_CONNECTED} (IRQ_NOTCONNECTED)"),
    );
    let remedy =
        "A guest can use the function's MSI or MSI-X only; or move the function to another slot";
    let found =
        Found::new("The firmware says that the function's interrupt pin is connected to nothing");
    Some(
        found
            .lesser_if(!seen.judged(function))
            .because([evidence])
            .remedy(remedy),
    )
}
