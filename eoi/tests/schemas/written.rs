//! Every verb that writes JSON, asked for every kind of answer; each answer is held to its schema.

use serde_json::{Value, json};

use super::strict::{strict, written};

#[test]
fn the_doctor_finds_judges_and_leaves_open() {
    for (host, part) in [
        ("powernv9", "\"stall-possible\""),
        ("unknown", "\"findings\": ["),
    ] {
        let root = format!("{}/tests/hosts/{host}", env!("CARGO_MANIFEST_DIR"));
        written(
            "eoi.doctor/2",
            &["doctor", "--root", &root, "--format", "json"],
            &[part],
        );
    }
}

/// `eoi check` with these arguments, which shows each of `parts`.
fn check(arguments: &str, parts: &[&str]) {
    let arguments = format!("check --format json {arguments}");
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    written("eoi.check/2", &arguments, parts);
}

#[test]
fn check_holds_breaks_refuses_and_gives_up() {
    check(
        "",
        &[
            "\"holds\"",
            "\"broken\"",
            "\"refused\"",
            "\"matrix\"",
            "\"lazy\"",
            "\"unlazy\"",
        ],
    );
    check(
        "--chip xive --kernel linux-6.12.57 --path vmm",
        &["\"single\"", "\"afterwards\": {"],
    );
    check(
        "--chip ioapic,xive --fix xive-irq-enable",
        &["\"comparison\"", "\"name\": \"xive-irq-enable\""],
    );
    check("--chip xive --path vmm --limit 50", &["\"undecided\""]);
    check(
        "--chip ioapic --path irqfd,vmm --part 2/3",
        &["\"share\": {"],
    );
    check("--chip ioapic --path irqfd --device all", &["\"disintx\""]);
    check(
        "--root tests/hosts/powernv9 --path vmm",
        &["\"list\"", "which behaves like"],
    );
    check(
        "--chip plic-qemu --device disintx --scenario shared-guest --path vmm",
        &["\"function\": 1"],
    );
    check(
        "--chip xive --kernel linux-6.12.57+threadirqs --path vmm",
        &["\"threadirqs\": true"],
    );
}

#[test]
fn a_law_about_cycles_says_where_the_cycle_begins() {
    let arguments = [
        "check",
        "--format",
        "json",
        "--chip",
        "xive",
        "--kernel",
        "linux-6.12.57+threadirqs",
        "--path",
        "vmm",
    ];
    let report = written("eoi.check/2", &arguments, &["\"cycle_from\": "]);
    let laws = report["results"][0]["result"]["laws"]
        .as_array()
        .expect("laws");
    let cycles: Vec<&Value> = laws
        .iter()
        .filter(|law| law["run"]["cycle_from"].is_u64())
        .collect();
    assert!(!cycles.is_empty(), "no law is broken by a cycle");
    for law in cycles {
        let (steps, from) = (
            law["run"]["steps"].as_array().expect("steps"),
            law["run"]["cycle_from"].as_u64(),
        );
        let from = from.expect("a number") as usize;
        assert!((1..=steps.len()).contains(&from));
        let initial = if from == 1 {
            &law["run"]["initial"]
        } else {
            &steps[from - 2]["state"]
        };
        assert_eq!(
            &steps[steps.len() - 1]["state"],
            initial,
            "a cycle ends where it began"
        );
    }
}

#[test]
fn every_system_with_its_verdict() {
    let few = "check --everything --chip mips-gic --scenario steady,reset --format json";
    let few: Vec<&str> = few.split(' ').collect();
    let parts = ["\"holds\"", "\"broken\"", "\"stall\": ", "\"part\": null"];
    written("eoi.everything/1", &few, &parts);
    let part = [&few[..], &["--part", "2/3", "--limit", "10"]].concat();
    written(
        "eoi.everything/1",
        &part,
        &["\"undecided\"", "\"states\": null", "\"part\": {"],
    );
}

#[test]
fn flow_handlers_by_callbacks_and_flags() {
    let arguments = [
        "check",
        "--by",
        "flow",
        "--chip",
        "xive,gicv2",
        "--format",
        "json",
    ];
    let flows = written(
        "eoi.flows/1",
        &arguments,
        &[
            "\"never\"",
            "\"at-once\"",
            "\"irq_eoi\"",
            "\"example\": null",
            "\"afterwards\": {",
        ],
    );
    let cells = flows["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["cells"].as_array());
    assert!(
        cells.flatten().all(|cells| cells.len() == 4),
        "every combination of two flags"
    );
}

#[test]
fn the_lists_of_names_and_of_commands() {
    written(
        "eoi.names/1",
        &["check", "--list", "--format", "json"],
        &["\"xive\"", "\"kvm-ioapic\""],
    );
    written(
        "eoi.record/1",
        &["trace", "--record", "--format", "json"],
        &["trace-cmd"],
    );
    written(
        "eoi.record/1",
        &["trace", "--record", "--chip", "xive", "--format", "json"],
        &["trace-cmd"],
    );
    let here = [
        "trace",
        "--record",
        "--root",
        "tests/hosts/powernv9",
        "--format",
        "json",
    ];
    written(
        "eoi.record/1",
        &here,
        &["cannot be read, so that no function is left out"],
    );
}

#[test]
fn traces_follow_die_depart_and_say_too_little() {
    let trace = |name: &str, arguments: &[&str], parts: &[&str]| {
        let file = format!("tests/traces/{name}");
        written(
            "eoi.trace/2",
            &[&["trace", "--format", "json", &file], arguments].concat(),
            parts,
        )
    };
    let xive = ["--chip", "xive"];
    trace(
        "powernv9-xive-unlazy.txt",
        &xive,
        &["\"follows\"", "\"evidence\": \"unseen\""],
    );
    trace(
        "powernv9-xive-lazy.txt",
        &xive,
        &[
            "\"was-dead\"",
            "\"end\": \"",
            "\"accesses\": [",
            "\"others\": [",
        ],
    );
    trace(
        "powernv9-xive-lazy.txt",
        &["--chip", "xics"],
        &["\"departs\": {", "\"seen\": \"xive_irq_startup\""],
    );
    trace("q35-no-signal.txt", &[], &["\"unclear\""]);
    trace("pseries-xive.dat", &xive, &["\"stuck\"", "\"last_ack\": "]);
}

#[test]
fn a_way_passes_from_state_to_state_and_every_line_is_in_it_once() {
    let file = "tests/traces/powernv9-xive-lazy.txt";
    let report = written(
        "eoi.trace/2",
        &["trace", "--format", "json", "--chip", "xive", file],
        &[],
    );
    let function = &report["functions"][0];
    let way = &function["way"];
    assert_eq!((&way["whole"], &way["others"]), (&json!(true), &json!([])));
    let mut state = &way["initial"][0]["fields"];
    let mut lines = Vec::new();
    for seen in way["steps"].as_array().expect("steps") {
        let (step, shown) = (&seen["step"], seen["lines"].as_array().expect("lines"));
        assert_eq!(shown.is_empty(), seen["evidence"] == "unseen", "{step}");
        lines.extend(shown.iter().map(|line| line.as_u64().expect("a number")));
        let next = &step["state"][0]["fields"];
        let changed =
            |(name, value): (&String, &Value)| (next[name] != *value).then(|| json!(name));
        let changed: Vec<Value> = state
            .as_object()
            .expect("fields")
            .iter()
            .filter_map(changed)
            .collect();
        let told: Vec<Value> = step["changes"]
            .as_array()
            .expect("changes")
            .iter()
            .map(|change| change["field"].clone())
            .collect();
        assert!(
            changed.len() == told.len() && changed.iter().all(|name| told.contains(name)),
            "{changed:?} {told:?}"
        );
        state = next;
    }
    lines.sort_unstable();
    let text = std::fs::read_to_string(file).expect("a recording");
    assert_eq!(function["entries"]["followed"], json!(lines.len()));
    assert_eq!(
        lines,
        (1..=text.lines().count() as u64).collect::<Vec<_>>(),
        "each line belongs to one step"
    );
}

#[test]
fn the_results_of_the_lab_and_some_of_them() {
    const LAB: &str = "eoi.lab/2";
    let show = ["lab", "show", "../docs/lab.json", "--format", "json"];
    let all = written(
        LAB,
        &show,
        &["\"may-stall\"", "\"taken\": ", "\"counts\": {"],
    );
    assert!(
        all["first"][0]["case"]["how"].is_string() && all["brought"].is_null(),
        "{}",
        all["first"]
    );
    written(
        LAB,
        &[
            &show[..],
            &["--case", "mask-race", "--device", "no-disintx"],
        ]
        .concat(),
        &["\"device\": \"no-disintx\""],
    );
}

#[test]
fn the_cells_of_the_lab_and_some_of_them() {
    const LIST: &str = "eoi.lab-list/1";
    let list = ["lab", "list", "--format", "json"];
    let all = written(LIST, &list, &["\"loongarch64-virt\""]);
    let quick = written(LIST, &[&list[..], &["--quick"]].concat(), &[]);
    let cells = |list: &Value| list["cells"].as_array().expect("cells").len();
    assert_eq!(cells(&quick), 5, "as docs/lab.md says");
    assert!(cells(&all) > cells(&quick));
    let one = written(
        LIST,
        &[
            &list[..],
            &[
                "--only",
                "pseries-xive/6.12.107-unfixed",
                "--case",
                "reopen",
            ],
        ]
        .concat(),
        &[],
    );
    assert_eq!(
        one["cells"],
        json!([{
            "cell": "pseries-xive/6.12.107-unfixed",
            "machine": "pseries-xive",
            "arch": "ppc64el",
            "chip": "XIVE-IRQ",
            "model": "xive-pseries-qemu",
            "kernel": "6.12.107-unfixed",
            "fixed": false,
            "cases": ["reopen"],
        }])
    );
}

#[test]
fn the_validator_finds_what_is_wrong() {
    let arguments = [
        "check",
        "--format",
        "json",
        "--chip",
        "xive",
        "--kernel",
        "linux-6.12.57",
        "--path",
        "vmm",
    ];
    let value = written("eoi.check/2", &arguments, &[]);
    let validator = strict("eoi.check/2");
    for (place, wrong) in [
        ("/schema", json!("eoi.check/1")),
        ("/limit", json!(-1)),
        ("/results/0/configuration/cpus", json!(3)),
        ("/results/0/configuration/guest", json!(7)),
        ("/results/0/result/outcome", json!("refused")),
        ("/results/0/result/laws/0/law", json!("no-law")),
        ("/results/0/result/laws/0/run/steps/0/number", json!(0)),
        (
            "/results/0/result/laws/0/run/steps/0/state/0",
            json!({ "function": 0, "fields": {}, "more": 1 }),
        ),
        (
            "/results/0/result/costs/0/worst",
            json!({ "count": 1, "served": 0 }),
        ),
    ] {
        let mut changed = value.clone();
        *changed
            .pointer_mut(place)
            .unwrap_or_else(|| panic!("{place} is not there")) = wrong;
        assert!(!validator.is_valid(&changed), "{place}");
    }
}

#[test]
fn the_comparison_of_the_c_with_the_model() {
    let show = [
        "verify",
        "--show",
        "../docs/verify.json",
        "--format",
        "json",
    ];
    let all = written("eoi.verify/1", &show, &["\"linux-7.3\"", "\"fixes\": ["]);
    assert!(all["rows"].as_array().expect("rows").len() > 100);
}
