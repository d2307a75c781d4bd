//! The result of `drive`, for people and for programs.

use std::fmt::Write;

use eoi_kvm_guest::drive::Driven;

/// A drive with its result.
pub struct Report<'a> {
    /// The function's PCI address.
    pub address: &'a str,
    /// The device's name.
    pub device: &'a str,
    /// The Linux irq, where sysfs has it.
    pub irq: Option<u32>,
    /// The interrupts that were asked for.
    pub rounds: u32,
    /// The result.
    pub driven: &'a Driven,
}

impl Report<'_> {
    /// For people.
    pub fn text(&self) -> String {
        let Self {
            address,
            device,
            irq,
            rounds,
            driven,
        } = self;
        let irq = irq.map_or(String::new(), |irq| format!(", irq {irq}"));
        let done = driven.times.len();
        let mut text = format!("{address} ({device}{irq}): {done} of {rounds} interrupts came\n");
        let us = |share| driven.quantile(share).as_secs_f64() * 1e6;
        if done > 0 {
            let _ = writeln!(
                text,
                "round trip: p50 {:.1} us, p99 {:.1} us, max {:.1} us",
                us(0.5),
                us(0.99),
                us(1.0)
            );
        }
        if let Some(each) = driven.host_irqs_per_event() {
            let _ = writeln!(text, "host interrupts: {each:.2} for each");
        }
        if driven.rearmed > 0 {
            let _ = writeln!(
                text,
                "STALLS: {} came only after INTx was set up anew",
                driven.rearmed
            );
        }
        if driven.stalled {
            text.push_str("STALLS: the cause was up and nothing came. To see where it is held, while this waits:\n");
            let _ = writeln!(
                text,
                "  eoi-forward drive {address} --wait 60000 & sleep 5; eoi doctor {address} --watch 5"
            );
        } else if driven.rearmed == 0 && done == *rounds as usize {
            text.push_str("the line keeps coming\n");
        }
        text
    }

    /// For programs. No part of it can hold a quotation mark: the address was checked, and the names are our own.
    pub fn json(&self) -> String {
        let Self {
            address,
            device,
            irq,
            rounds,
            driven,
        } = self;
        let number =
            |number: Option<f64>| number.map_or("null".to_owned(), |number| format!("{number}"));
        let ns = |share| driven.quantile(share).as_nanos();
        let (irq, irqs_each) = (
            number(irq.map(f64::from)),
            number(driven.host_irqs_per_event()),
        );
        let Driven {
            times,
            stalled,
            rearmed,
            ..
        } = driven;
        let (came, p50, p99, max) = (times.len(), ns(0.5), ns(0.99), ns(1.0));
        format!(
            "{{\"schema\":\"eoi.drive/1\",\"address\":\"{address}\",\"device\":\"{device}\",\"irq\":{irq},\
             \"asked\":{rounds},\"came\":{came},\"stalls\":{stalled},\"rearmed\":{rearmed},\
             \"host_irqs_per_event\":{irqs_each},\"round_trip_ns\":{{\"p50\":{p50},\"p99\":{p99},\"max\":{max}}}}}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_stall_is_said_and_a_line_that_keeps_coming_too() {
        let times = [5, 7].map(Duration::from_micros).to_vec();
        let mut driven = Driven {
            times,
            host_irqs: Some(3),
            ..Driven::default()
        };
        let of = |driven: &Driven, rounds| {
            let report = Report {
                address: "0000:01:00.0",
                device: "edu",
                irq: Some(16),
                rounds,
                driven,
            };
            (report.text(), report.json())
        };
        let (text, json) = of(&driven, 2);
        assert!(
            text.starts_with(
                "0000:01:00.0 (edu, irq 16): 2 of 2 interrupts came\nround trip: p50 5.0 us"
            ),
            "{text}"
        );
        assert!(
            text.ends_with("host interrupts: 1.50 for each\nthe line keeps coming\n"),
            "{text}"
        );
        assert!(
            json.contains("\"irq\":16,\"asked\":2,\"came\":2,\"stalls\":false,"),
            "{json}"
        );
        assert!(
            json.contains("\"host_irqs_per_event\":1.5,\"round_trip_ns\":{\"p50\":5000,"),
            "{json}"
        );
        driven.stalled = true;
        let (text, json) = of(&driven, 3);
        assert!(
            text.contains("2 of 3") && text.contains("STALLS: the cause was up"),
            "{text}"
        );
        assert!(
            !text.contains("keeps coming") && json.contains("\"stalls\":true"),
            "{text}{json}"
        );
    }
}
