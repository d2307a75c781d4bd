//! A state and a step can be shown by name: fields with values, operations with registers, events
//! with citations.

use std::collections::BTreeSet;

use eoi_model::cost::Metric;
use eoi_model::event::{EVENTS, Event};
use eoi_model::fields::Value;
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::packed::Kind;
use eoi_model::scenario::Scenario;
use eoi_model::state::{Half, State};
use eoi_model::system::{Config, Path, System};

fn system(chip: &Irqchip, path: Path) -> System {
    let kernel = chip
        .kernels
        .kernels()
        .last()
        .expect("a kernel has the driver");
    let config = Config {
        causes: 1,
        withdraws: false,
        ..Config::new(chip, kernel, path)
    };
    System::new(&config).unwrap_or_else(|refusal| panic!("{}: {}", chip.name, refusal.reason))
}

fn chip(name: &str) -> &'static Irqchip {
    irqchip::by_name(name).expect("a controller")
}

fn event(name: &str) -> Event {
    Event::by_name(name).unwrap_or_else(|| panic!("no event {name}"))
}

/// Every state that the system can reach.
fn states(system: &System) -> Vec<State> {
    let (mut known, mut next) = (vec![system.initial()], 0);
    let mut seen = BTreeSet::from([system.initial()]);
    while let Some(&state) = known.get(next) {
        next += 1;
        known.extend(
            system
                .events()
                .filter_map(|event| system.step(state, event))
                .filter(|&to| seen.insert(to)),
        );
    }
    known
}

fn value(system: &System, state: State, name: &str) -> String {
    let field = system.fields(state, 0).find(|field| field.name == name);
    field
        .unwrap_or_else(|| panic!("no field {name}"))
        .value
        .to_string()
}

#[test]
fn every_field_and_every_value_has_a_name_and_a_sentence() {
    let fields = Half::FIELDS;
    let names: BTreeSet<_> = fields.iter().map(|field| field.name).collect();
    assert_eq!(names.len(), fields.len(), "two fields with one name");
    for field in fields {
        assert!(
            field.about.len() > 5 && field.about.trim() == field.about,
            "{}: {:?}",
            field.name,
            field.about
        );
        let Kind::Words(words) = field.kind else {
            continue;
        };
        let names: BTreeSet<_> = words.iter().map(|word| word.name).collect();
        assert_eq!(
            names.len(),
            words.len(),
            "{}: two values with one name",
            field.name
        );
        assert!(
            words.len() <= 1 << field.width,
            "{}: more values than the field can hold",
            field.name
        );
        assert!(
            words.iter().all(|word| word.about.ends_with('.')),
            "{}: {words:?}",
            field.name
        );
    }
}

#[test]
fn a_number_is_shown_only_where_it_is_one() {
    for config in [
        Config {
            masks: true,
            ..Config::new(chip("xive"), newest(), Path::Vmm)
        },
        Config {
            scenario: Scenario::TwoLines,
            ..Config::new(chip("plic"), newest(), Path::Vmm)
        },
    ] {
        let system = System::new(&config)
            .map_err(|refusal| refusal.reason)
            .expect("it exists");
        let functions = config.scenario.functions();
        for field in (0..functions).flat_map(|function| system.fields(system.initial(), function)) {
            let is_number = matches!(field.value, Value::Number(_));
            assert_eq!(
                is_number,
                field.name == "vmm_left",
                "{}: {:?}",
                field.name,
                field.value
            );
        }
        let shown = system.fields(system.initial(), 0).count();
        assert_eq!(shown, Half::FIELDS.len());
    }
}

fn newest() -> &'static eoi_model::kernels::Kernel {
    eoi_model::kernels::newest()
}

#[test]
fn an_interrupt_can_be_read_from_the_fields() {
    let system = system(chip("xive"), Path::Vmm);
    let start = system.initial();
    assert_eq!(value(&system, start, "pin"), "none");
    assert_eq!(
        (
            value(&system, start, "flow"),
            value(&system, start, "irq_type")
        ),
        ("idle".into(), "intx".into())
    );
    let risen = system
        .step(start, event("device.assert"))
        .expect("nothing is asserted");
    assert_eq!(value(&system, risen, "pin"), "LINE P EQ_ENTRY");
    assert_eq!(value(&system, risen, "causes"), "first");
    let accepted = system
        .step(risen, event("host.accept"))
        .expect("the queue has an entry");
    let names: Vec<_> = system
        .changes(risen, accepted, 0)
        .map(|(_, new)| format!("{}={}", new.name, new.value))
        .collect();
    assert_eq!(names, ["pin=LINE P", "flow=accepted"]);
}

/// Set up, taken, disabled by the handler, ended, enabled again, by a program on vfio-pci's ABI.
const ONE_INTERRUPT: [&str; 9] = [
    "program.enable",
    "device.assert",
    "host.accept",
    "host.flow_enter",
    "vfio.handler",
    "vfio.signal",
    "host.flow_exit",
    "program.clear",
    "program.unmask",
];

/// Each operation as `name`, or `name=value` where somebody looked at the value.
fn operations(chip: &Irqchip) -> Vec<String> {
    let system = system(chip, Path::Program);
    let (mut state, mut all) = (system.initial(), Vec::new());
    for name in ONE_INTERRUPT {
        let (next, log) = system
            .step_logged(state, event(name))
            .unwrap_or_else(|| panic!("{}: {name}", chip.name));
        for metric in Metric::ALL {
            let named = log
                .operations()
                .iter()
                .filter(|operation| operation.metric == metric)
                .count();
            let unnamed = matches!(metric, Metric::HostIrqs | Metric::HostIrqsIgnored);
            assert!(
                unnamed || named == usize::from(log.cost.get(metric)),
                "{}: {name}: {metric:?}",
                chip.name
            );
        }
        all.extend(
            log.operations()
                .iter()
                .map(|operation| match operation.value {
                    Some(value) => format!("{}={value}", operation.name),
                    None => operation.name.to_string(),
                }),
        );
        state = next;
    }
    all
}

#[test]
fn operations_have_the_names_of_manuals_and_drivers() {
    // arch/powerpc/sysdev/xive/common.c: startup; the acknowledge; mask, which finds P set; an EOI
    // that is skipped, since the line is disabled; unmask.
    let xive = [
        "OPAL_XIVE_SET_IRQ_CONFIG: a priority",
        "XIVE_ESB_SET_PQ_00",
        "TM_SPC_ACK_HV_REG",
        "XIVE_ESB_SET_PQ_01=2",
        "trigger eventfd",
        "TM_CPPR",
        "XIVE_ESB_SET_PQ_00",
    ];
    assert_eq!(operations(chip("xive")), xive);
    // drivers/irqchip/irq-gic-v3.c: the type, which is right already; unmask; IAR and the priority
    // drop; mask, with its wait; DIR; unmask.
    let gic = [
        "GICD_ICFGR",
        "GICD_ISENABLER",
        "ICC_IAR1_EL1",
        "ICC_EOIR1_EL1: priority drop",
        "GICD_ICENABLER",
        "GICD_CTLR",
        "trigger eventfd",
        "ICC_DIR_EL1",
        "GICD_ISENABLER",
    ];
    assert_eq!(operations(chip("gicv3-eoimode1")), gic);
    // arch/x86/kernel/i8259.c: unmask; the flow handler masks and ends both chips; irq_disable
    // masks once more; unmask.
    let i8259 = [
        "PIC_SLAVE_IMR: unmasked",
        "PIC_SLAVE_IMR",
        "PIC_SLAVE_IMR: masked",
        "PIC_SLAVE_CMD: specific EOI",
        "PIC_MASTER_CMD: specific EOI of the cascade",
        "PIC_SLAVE_IMR: masked",
        "trigger eventfd",
        "PIC_SLAVE_IMR: unmasked",
    ];
    assert_eq!(operations(chip("i8259")), i8259);
    // drivers/irqchip/irq-sifive-plic.c: enable; two claims; disable; a completion between enable
    // and disable; enable.
    let plic = [
        "CONTEXT_ENABLE_BASE",
        "CONTEXT_ENABLE_BASE: enabled",
        "PRIORITY_BASE: 1",
        "CONTEXT_CLAIM",
        "CONTEXT_CLAIM",
        "CONTEXT_ENABLE_BASE",
        "CONTEXT_ENABLE_BASE: disabled",
        "trigger eventfd",
        "CONTEXT_ENABLE_BASE=0",
        "CONTEXT_ENABLE_BASE",
        "CONTEXT_ENABLE_BASE: enabled",
        "CONTEXT_CLAIM: complete",
        "CONTEXT_ENABLE_BASE",
        "CONTEXT_ENABLE_BASE: disabled",
        "CONTEXT_ENABLE_BASE",
        "CONTEXT_ENABLE_BASE: enabled",
        "PRIORITY_BASE: 1",
    ];
    assert_eq!(operations(chip("plic")), plic);
}

#[test]
fn every_step_can_be_logged_and_costs_the_same_whether_it_is() {
    for chip in irqchip::ALL {
        assert!(!operations(chip).is_empty(), "{}", chip.name);
        let system = system(chip, Path::Vmm);
        for state in states(&system) {
            for event in system.events() {
                let counted = system.step_counted(state, event);
                let logged = system
                    .step_logged(state, event)
                    .map(|(to, log)| (to, log.cost));
                assert_eq!(counted, logged, "{}: {}", chip.name, event.info().name);
            }
        }
    }
}

#[test]
fn every_event_says_who_acts_and_cites_its_source() {
    for chip in irqchip::ALL {
        let system = system(chip, Path::Vmm);
        for index in 0..EVENTS.len() {
            let event = Event::new(index, 0);
            let (info, cites) = (event.info(), system.cites(event));
            assert_eq!(info.name.split('.').next(), Some(info.participant()));
            assert!(
                !cites.is_empty() && !info.atomic_by.is_empty(),
                "{}: {}",
                chip.name,
                info.name
            );
        }
        // Each controller's own way to be asked which interrupt it is: a file of the kernel, and a
        // function in it.
        let (file, function) = system
            .cites(event("host.accept"))
            .split_once(".c:")
            .expect(chip.name);
        assert!(
            file.starts_with("arch/") || file.starts_with("drivers/irqchip/"),
            "{}: {file}",
            chip.name
        );
        assert!(
            function.contains("irq") || function.contains("interrupt"),
            "{}: {function}",
            chip.name
        );
        let entry = system.cites(event("host.flow_enter"));
        assert_eq!(
            entry,
            format!("kernel/irq/chip.c:{}", chip.flow.name),
            "{}",
            chip.name
        );
    }
}
