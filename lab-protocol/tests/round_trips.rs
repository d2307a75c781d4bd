//! Every text that this crate writes is read as the same value, and no text makes a reader panic.

use std::num::NonZeroU32;

use eoi_lab_protocol::{
    Case, Cause, Container, Counts, DeviceKind, End, Fault, How, Irq, Key, Line, Message, Outcome,
    Plan, Reader, Said, Soak, SoakPath, State, Step, Switch, Task, Text, Vcpus, Word, Work,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn word() -> impl Strategy<Value = Word> {
    ".{1,20}".prop_map(|text| Word::from_any(&text))
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![".{0,60}", "[ \\t=:,a-z]{0,20}"].prop_map(|text: String| Text::from(text.as_str()))
}

fn cause() -> impl Strategy<Value = Cause> {
    select(Cause::ALL)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        select(vec![
            Step::Enable,
            Step::Disable,
            Step::ClearAll,
            Step::Wait,
            Step::Idle,
            Step::Mask,
            Step::Unmask,
            Step::Rearm,
            Step::Doctor,
            Step::Second,
            Step::HandOver,
        ]),
        cause().prop_map(Step::Raise),
        cause().prop_map(Step::Clear),
        any::<NonZeroU32>().prop_map(Step::Race),
    ]
}

fn work() -> impl Strategy<Value = Work> {
    let script = (select(How::ALL), select(Switch::ALL), vec(step(), 1..20));
    let soak = (
        select(SoakPath::ALL),
        any::<NonZeroU32>(),
        select(Vcpus::ALL),
    );
    prop_oneof![
        script.prop_map(|(how, trace, steps)| Work::Script { how, trace, steps }),
        select(Fault::ALL).prop_map(Work::Fault),
        any::<(NonZeroU32, u32)>().prop_map(|(rounds, again)| Work::Chain { rounds, again }),
        soak.prop_map(|(path, interrupts, vcpus)| Work::Soak(Soak {
            path,
            interrupts,
            vcpus
        })),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let case = (word(), select(DeviceKind::ALL), work()).prop_map(|(name, device, work)| Case {
        name,
        device,
        work,
    });
    let settings = (word(), select(Container::ALL), any::<u32>(), any::<u32>());
    (settings, vec(word(), 0..30), vec(case, 0..10)).prop_map(|(settings, functions, cases)| {
        let (device, container, wait_ms, idle_ms) = settings;
        Plan {
            device,
            container,
            wait_ms,
            idle_ms,
            functions,
            cases,
        }
    })
}

fn counts() -> impl Strategy<Value = Counts> {
    let number = any::<u64>().prop_map(|number| number.to_string());
    let pair = (
        select(Key::ALL),
        prop_oneof![number, ".{1,12}".prop_map(String::from)],
    );
    vec(pair, 0..6).prop_map(|pairs| {
        pairs
            .into_iter()
            .fold(Counts::new(), |counts, (key, value)| {
                counts.with_word(key, &value)
            })
    })
}

fn task() -> impl Strategy<Value = Task> {
    prop_oneof![
        step().prop_map(Task::Step),
        select(Fault::ALL).prop_map(Task::Fault),
        select(vec![Task::Chain, Task::Soak]),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    let about_the_machine = prop_oneof![
        (word(), any::<u32>(), text()).prop_map(|(linux, cpus, cmdline)| Message::Hello {
            linux,
            cpus,
            cmdline
        }),
        (word(), any::<u16>(), any::<u16>(), select(Container::ALL)).prop_map(
            |(address, vendor, device, container)| Message::Device {
                address,
                vendor,
                device,
                container
            }
        ),
        (any::<u32>(), vec(word(), 0..5))
            .prop_map(|(set, missing)| Message::Functions { set, missing }),
        word().prop_map(Message::Begin),
        text().prop_map(Message::Fatal),
        Just(Message::Bye),
    ];
    let about_a_task = prop_oneof![
        counts().prop_map(Message::Progress),
        (any::<u32>(), task(), select(Outcome::ALL), counts()).prop_map(
            |(index, task, outcome, counts)| Message::Step {
                index,
                task,
                outcome,
                counts
            }
        ),
        (any::<u32>(), task(), word(), text()).prop_map(|(index, task, errno, text)| {
            Message::Refused {
                index,
                task,
                errno,
                text,
            }
        }),
        counts().prop_map(Message::Chain),
        text().prop_map(Message::Error),
        (word(), select(End::ALL)).prop_map(|(case, end)| Message::End { case, end }),
    ];
    prop_oneof![about_the_machine, about_a_task, about_the_line()]
}

fn about_the_line() -> impl Strategy<Value = Message> {
    let irq = (
        any::<u32>(),
        word(),
        option::of(word()),
        option::of(word()),
        text(),
    );
    prop_oneof![
        irq.prop_map(|(irq, chip, hwirq, kind, row)| Message::Irq(Irq {
            irq,
            chip,
            hwirq,
            kind,
            row
        })),
        any::<(u32, bool, bool, u64)>().prop_map(|(status, intx, disintx, proc)| Message::State(
            State {
                status,
                intx,
                disintx,
                proc
            }
        )),
        text().prop_map(Message::Debug),
        any::<(u64, u64)>().prop_map(|(signals, proc)| Message::Count { signals, proc }),
        text().prop_map(Message::Doctor),
        vec(any::<u8>(), 0..40).prop_map(Message::Capture),
        text().prop_map(Message::Trace),
        any::<u64>().prop_map(Message::Lost),
    ]
}

proptest! {
    #[test]
    fn a_plan_is_read_as_it_was_written(plan in plan()) {
        prop_assert_eq!(plan.to_string().parse(), Ok(plan));
    }

    #[test]
    fn a_message_is_read_as_it_was_written_and_is_one_line(message in message()) {
        let payload = message.to_string();
        prop_assert!(!payload.contains(char::is_control), "{payload:?}");
        prop_assert_eq!(payload.parse(), Ok(message));
    }

    #[test]
    fn a_console_is_read_as_it_was_written(messages in vec(message(), 0..8), noise in "[a-z \\r\\[\\].]{0,20}") {
        let mut reader = Reader::default();
        for (number, message) in (0..).zip(messages) {
            prop_assert_eq!(reader.read(&noise), Said::Other);
            let line = format!("{noise}{}", Line::new(number, &message));
            prop_assert_eq!(reader.read(&line), Said::Message(message));
        }
    }

    /// The checksum finds every change within 16 bits that follow each other, and one byte is 8 of them.
    #[test]
    fn a_byte_that_changes_is_noticed(message in message(), at in any::<prop::sample::Index>(), to in 0x20u8..0x7f) {
        let mut bytes = Line::new(0, &message).to_string().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        let Ok(line) = String::from_utf8(bytes) else { return Ok(()) };
        let said = Reader::default().read(&line);
        prop_assert!(!matches!(said, Said::Message(_)), "{line:?}: {said:?}");
    }

    /// Whatever is understood means the same when it is written again.
    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,120}|[ -~\n\t]{0,200}") {
        if let Ok(plan) = text.parse::<Plan>() {
            prop_assert_eq!(plan.to_string().parse(), Ok(plan));
        }
        if let Ok(message) = text.parse::<Message>() {
            prop_assert_eq!(message.to_string().parse(), Ok(message));
        }
        Reader::default().read(&text);
    }

    /// The same with texts that are nearly right: the words of the grammar in any order.
    #[test]
    fn words_in_any_order_make_no_reader_panic(words in vec(select(WORDS), 0..14), between in select(vec![" ", "\n", "="])) {
        let text = words.join(between);
        if let Ok(plan) = text.parse::<Plan>() {
            prop_assert_eq!(plan.to_string().parse(), Ok(plan));
        }
        if let Ok(message) = text.parse::<Message>() {
            prop_assert_eq!(message.to_string().parse(), Ok(message));
        }
    }
}

const WORDS: &[&str] = &[
    "set",
    "device=edu",
    "container=type1",
    "wait_ms=5",
    "idle_ms=5",
    "functions",
    "case",
    "fault",
    "kvm",
    "soak",
    "a",
    "device=disintx",
    "how=intx",
    "trace=on",
    "steps=enable",
    "steps=raise:1,wait",
    "what=drive",
    "rounds=3",
    "again=0",
    "path=eoi",
    "interrupts=9",
    "vcpus=2",
    "eoi-lab",
    "0",
    "step",
    "irq",
    "7",
    "wait",
    "race:2",
    "ok",
    "got",
    "none",
    "error",
    "us=1",
    "n=1",
    "chip=x",
    "hwirq=1",
    "line=",
    "hello",
    "linux=6",
    "cpus=2",
    "cmdline=",
    "end",
    "begin",
    "state",
    "status=0x1",
    "intx=1",
    "disintx=0",
    "proc=4",
    "count",
    "signals=3",
    "capture",
    "00ff",
    "lost",
    "bye",
    "missing=0",
    "set=1",
    "",
];
