//! The layouts of ftrace's text: which entries are visited, in which words, and how a pipe may cut them.

use std::io::Read;

use eoi::trace::entry::{Entry, What};
use eoi::trace::text;

use super::XIVE_LAZY;

/// The entries visited in a text: number, pid, whether in an interrupt, and the entry in words.
fn visited(text: &str, wanted: &dyn Fn(&str) -> bool) -> Vec<(usize, u64, Option<bool>, String)> {
    let mut visited = Vec::new();
    let mut visit = |line: Entry<'_>| {
        let what = match line.what {
            What::Function(name, caller) => format!("{name} <- {caller:?}"),
            What::Call(name, caller, args) => format!("{name}({args}) <- {caller:?}"),
            What::Event(name, fields) => format!("{name}: {fields}"),
            What::Lost => format!("lost on {}", line.cpu),
            What::Other => format!("others on {}", line.cpu),
        };
        visited.push((line.number, line.pid, line.irq, what));
        Ok(())
    };
    text::each(&mut text.as_bytes(), wanted, &mut visit).expect("text of ftrace");
    visited
}

/// The words of each entry only.
fn said(text: &str) -> Vec<String> {
    visited(text, &|name| !name.starts_with("other"))
        .into_iter()
        .map(|(.., what)| what)
        .collect()
}

#[test]
fn what_does_not_matter_is_counted_and_shows_that_a_cpu_lost_nothing() {
    let text = "\
 a-7 [000] d.h.. 1.0: wanted <-x
 a-7 [000] d.h.. 1.1: other_1 <-x
 a-7 [000] d.h.. 1.2: other_2 <-x
 b-8 [001] ..... 1.3: other_3 <-x
CPU:0 [LOST 12 EVENTS]
 a-7 [000] d.h.. 1.4: other_4: a=1
 a-7 [000] d.h.. 1.4: <stack trace>
 => x
";
    let all = [
        "wanted <- Some(\"x\")",
        "others on 0",
        "others on 1",
        "lost on 0",
        "others on 0",
    ];
    assert_eq!(said(text), all);
    let summary = text::each(&mut text.as_bytes(), &|name| name == "wanted", &mut |_| {
        Ok(())
    })
    .expect("text");
    assert_eq!((summary.entries, summary.unwanted), (6, 5));
}

#[test]
fn arguments_are_handed_on() {
    // The layout of print_function_args (kernel/trace/trace_output.c, 6.15).
    let text = " a-7 [000] ..... 1.0: enable_irq(irq=0x2c) <-vfio_pci_intx_unmask_handler\n \
                a-7 [000] ..... 1.0: irq_startup(desc=0xc000, resend=1, force=1) <-__enable_irq\n";
    let calls = [
        "enable_irq(irq=0x2c) <- Some(\"vfio_pci_intx_unmask_handler\")",
        "irq_startup(desc=0xc000, resend=1, force=1) <- Some(\"__enable_irq\")",
    ];
    assert_eq!(said(text), calls);
    assert_eq!(eoi::trace::entry::argument("irq=0x2c", "irq="), Some(44));
    assert_eq!(
        eoi::trace::entry::argument("desc=0xc000, resend=1", "resend="),
        Some(1)
    );
    assert_eq!(eoi::trace::entry::argument("irq=-1", "irq="), None);
}

#[test]
fn a_graph_tells_callers_by_its_indentation() {
    // Layouts of print_graph_prologue (kernel/trace/trace_functions_graph.c, 6.12).
    let text = "\
# tracer: function_graph
 0)               |  handle_fasteoi_irq() {
 0)               |    /* irq_handler_entry: irq=44 name=x y */
 0)   1.000 us    |    inner();
 0)               |    unrecorded_depth() {
 0)   1.000 us    |        deep();
 0) ! 10.000 us   |    } /* unrecorded_depth */
 0) + 12.000 us   |  }
 0)   1.000 us    |  outer();
 ------------------------------------------
 0)    kvm-7       =>  other-8
 ------------------------------------------

 0)   0.500 us    |  second();
 0)   ==========> |
 0)   0.500 us    |  third();
 0)   <========== |
";
    let seen = visited(text, &|_| true);
    let seen: Vec<_> = seen
        .iter()
        .map(|(_, pid, irq, what)| (*pid, *irq, what.as_str()))
        .collect();
    let first = seen[0].0;
    let expected = [
        (first, Some(true), "handle_fasteoi_irq() <- Some(\"\")"),
        (first, Some(true), "irq_handler_entry: irq=44 name=x y"),
        (first, Some(true), "inner() <- Some(\"handle_fasteoi_irq\")"),
        (
            first,
            Some(true),
            "unrecorded_depth() <- Some(\"handle_fasteoi_irq\")",
        ),
        (first, Some(true), "deep() <- Some(\"\")"), // two levels deeper: somebody is between them
        (first, None, "outer() <- Some(\"\")"),
        (8, None, "second() <- Some(\"\")"),
        (8, Some(true), "third() <- Some(\"\")"),
    ];
    let calls: Vec<_> = seen
        .into_iter()
        .filter(|(.., what)| !what.is_empty() && *what != "others on 0")
        .collect();
    assert_eq!(calls, expected);
}

#[test]
fn a_graph_of_trace_cmd_and_with_more_columns_is_read() {
    let text = "\
 kvm-7 [001] d.h.. 6.000001: funcgraph_entry:                   |  vfio_intx_handler() {
 kvm-7 [001] d.h.. 6.000002: funcgraph_entry:        0.310 us   |    eventfd_signal_mask();
 kvm-7 [001] d.h.. 6.000003: funcgraph_exit:       ! 121.310 us |  }
";
    let calls = [
        "vfio_intx_handler() <- Some(\"\")",
        "eventfd_signal_mask() <- Some(\"vfio_intx_handler\")",
        "others on 1",
    ];
    assert_eq!(said(text), calls);
    let text = "  360.774522 |   1)    kvm-7     |  d.h. |   0.541 us    |  foo();\n";
    assert_eq!(
        visited(text, &|_| true),
        [(1, 7, Some(true), "foo() <- Some(\"\")".to_string())]
    );
    // trace-cmd 3.1 prints no flags: the event is in the interrupt that the open flow handler is in.
    let text = "\
 kvm-7 [001] 6.000001: funcgraph_entry:                   |  handle_fasteoi_irq() {
 kvm-7 [001] 6.000002: irq_handler_entry:    irq=22 name=vfio-intx(0000:00:02.0)
 kvm-7 [001] 6.000003: funcgraph_exit:       ! 121.310 us |  }
 kvm-7 [001] 6.000004: kvm_ack_irq: irqchip IOAPIC pin 5
";
    let contexts: Vec<_> = visited(text, &|_| true)
        .into_iter()
        .map(|(_, _, irq, _)| irq)
        .collect();
    assert_eq!(contexts, [Some(true), Some(true), None, None]);
}

/// Hands out a few bytes at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.min(self.0.len()).min(buffer.len());
        buffer[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn it_does_not_matter_how_a_pipe_cuts_the_text() {
    let whole = visited(XIVE_LAZY, &|_| true);
    assert_eq!(whole.len(), XIVE_LAZY.lines().count());
    for size in [1, 7, 4096] {
        let mut numbers = Vec::new();
        let mut visit = |line: Entry<'_>| {
            numbers.push(line.number);
            Ok(())
        };
        text::each(&mut Drip(XIVE_LAZY.as_bytes(), size), &|_| true, &mut visit)
            .expect("the same text");
        assert_eq!(
            numbers,
            whole.iter().map(|(number, ..)| *number).collect::<Vec<_>>(),
            "{size}"
        );
    }
    let cut = &XIVE_LAZY.as_bytes()[..1000];
    let error = text::each(&mut Drip(cut, 3), &|_| true, &mut |_| Ok(())).expect_err("cut");
    let start = cut.iter().rposition(|&byte| byte == b'\n').expect("a line") + 1;
    assert!(
        format!("{error:#}").contains(&format!("at byte {start}")),
        "{error:#}"
    );
}
