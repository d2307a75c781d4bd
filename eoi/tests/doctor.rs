//! Fixture hosts: what must be found is found, nothing else above info is, and no rule is without a host.

mod fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use eoi::doctor::page::HEADINGS;
use eoi::doctor::{Diagnosis, Finding, Severity, diagnose, rules};
use eoi::host::{Request, Tree};
use eoi::report::doctor::explain;
use fixture::Fixture;
use rayon::prelude::*;

/// Every fixture with its diagnosis; the searches take their time, and are made once.
static ALL: LazyLock<Vec<(Fixture, Diagnosis)>> = LazyLock::new(|| {
    let diagnosed = |fixture: Fixture| {
        let diagnosis = run(&fixture);
        (fixture, diagnosis)
    };
    fixture::all().into_par_iter().map(diagnosed).collect()
});

fn request(fixture: &Fixture) -> Request {
    let irqs = fixture
        .requests
        .iter()
        .filter_map(|text| text.strip_prefix("irq ")?.parse().ok());
    let addresses = fixture
        .requests
        .iter()
        .filter(|text| !text.starts_with("irq "))
        .cloned();
    Request {
        addresses: addresses.collect(),
        irqs: irqs.collect(),
        ..Request::default()
    }
}

fn run(fixture: &Fixture) -> Diagnosis {
    let tree = Tree::from_nodes(fixture.nodes.clone());
    diagnose(&tree, &request(fixture)).unwrap_or_else(|error| panic!("{}: {error:#}", fixture.name))
}

/// `line-shared 0000:01:00.0`, `nointxmask`; an irq where there is no function.
fn matches(finding: &Finding, name: &str, about: Option<&str>) -> bool {
    let irq = finding.irq.map(|irq| format!("irq {irq}"));
    finding.name == name
        && about.is_none_or(|about| {
            finding.function.as_deref() == Some(about) || irq.as_deref() == Some(about)
        })
}

#[test]
fn what_is_expected_is_found_and_nothing_else() {
    let mut wrong = String::new();
    for (fixture, diagnosis) in ALL.iter() {
        let found = &diagnosis.findings;
        let is = |name: &str, about: Option<&str>| {
            found.iter().any(|finding| matches(finding, name, about))
        };
        let mut say = |what: &str, name: &str, about: Option<&str>| {
            wrong += &format!(
                "{}: {what}: {name} {}\n",
                fixture.name,
                about.unwrap_or_default()
            );
        };
        for (name, about) in fixture
            .expect
            .iter()
            .filter(|(name, about)| !is(name, about.as_deref()))
        {
            say("missing", name, about.as_deref());
        }
        for (name, about) in fixture
            .expect_not
            .iter()
            .filter(|(name, about)| is(name, about.as_deref()))
        {
            say("must not be", name, about.as_deref());
        }
        for finding in found
            .iter()
            .filter(|finding| finding.severity >= Severity::Warning)
        {
            let expected =
                |(name, about): &(String, Option<String>)| matches(finding, name, about.as_deref());
            if !fixture.expect.iter().any(expected) {
                say("not expected", finding.name, finding.function.as_deref());
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A fixture says where it comes from and why; every finding stands on something that was read and says what is the
/// matter.
#[test]
fn fixtures_and_findings_give_their_reasons() {
    for (fixture, diagnosis) in ALL.iter() {
        let name = &fixture.name;
        let origin = ["captured", "reconstructed", "made up", "the number as"];
        assert!(
            origin.iter().any(|word| fixture.origin.starts_with(word)),
            "{name}: origin '{}'",
            fixture.origin
        );
        assert!(!fixture.why.is_empty(), "{name} gives no reason");
        assert!(
            !fixture.expect.is_empty() || !fixture.expect_not.is_empty(),
            "{name} expects nothing"
        );
        for finding in &diagnosis.findings {
            assert!(
                !finding.evidence.is_empty(),
                "{name}: {} has no evidence",
                finding.name
            );
            let rule = rules::ALL
                .iter()
                .find(|rule| rule.name == finding.name)
                .expect("a rule");
            assert!(
                (rule.lesser..=rule.severity).contains(&finding.severity),
                "{name}: {}",
                finding.name
            );
            assert!(
                !finding.summary.is_empty() && !finding.reference.is_empty(),
                "{name}: {}",
                finding.name
            );
            for evidence in &finding.evidence {
                assert!(
                    !evidence.file.starts_with('/') && !evidence.text.is_empty(),
                    "{name}: {evidence:?}"
                );
            }
        }
    }
}

#[test]
fn every_finding_has_a_host() {
    let fixtures = fixture::all();
    assert!(fixtures.len() >= 25, "{} hosts", fixtures.len());
    let expected: BTreeSet<&str> = fixtures
        .iter()
        .flat_map(|fixture| &fixture.expect)
        .map(|(name, _)| name.as_str())
        .collect();
    let named: BTreeSet<&str> = rules::ALL.iter().map(|rule| rule.name).collect();
    let at_once = rules::ALL
        .iter()
        .filter(|rule| !rule.needs_watching() && !rule.needs_a_log());
    let without: Vec<&str> = at_once
        .map(|rule| rule.name)
        .filter(|name| !expected.contains(name))
        .collect();
    assert!(without.is_empty(), "no fixture expects {without:?}");
    let unknown: Vec<_> = expected.difference(&named).collect();
    assert!(
        unknown.is_empty(),
        "fixtures expect what no rule finds: {unknown:?}"
    );
}

/// A host that shows nothing is not called healthy.
#[test]
fn what_cannot_be_told_is_said() {
    let by_name = |name: &str| {
        &ALL.iter()
            .find(|(fixture, _)| fixture.name == name)
            .expect("a fixture")
            .1
    };
    assert!(!by_name("container-no-sys").undecided.is_empty(), "no /sys");
    let seen = &by_name("x86-not-root").unseen;
    assert!(
        seen.iter().any(|unseen| unseen.reason.contains("root")),
        "{seen:?}"
    );
    assert!(
        seen.iter()
            .any(|unseen| unseen.reason == "Permission denied"),
        "{seen:?}"
    );
    let nothing = diagnose(&Tree::from_nodes(BTreeMap::new()), &Request::default());
    assert!(
        !nothing.expect("a diagnosis").undecided.is_empty(),
        "a host without files"
    );
}

/// A rule's page has its name and every section; no page is left without a rule.
#[test]
fn every_finding_is_explained() {
    let mut pages = BTreeSet::new();
    for rule in rules::ALL {
        assert_eq!(rule.page.title().0, rule.name);
        assert!(!rule.about().is_empty(), "{} is about nothing", rule.name);
        let sections: Vec<_> = rule.page.sections().collect();
        let headings: Vec<&str> = sections.iter().map(|(heading, _)| *heading).collect();
        assert_eq!(headings, HEADINGS, "{}", rule.name);
        for (heading, text) in sections {
            assert!(text.len() > 20, "{}: {heading} says nothing", rule.name);
        }
        assert!(
            !rule.page.reference().contains("- "),
            "{}: {}",
            rule.name,
            rule.page.reference()
        );
        for line in explain::page(rule).lines() {
            assert!(
                line.chars().count() <= 100,
                "{}: a line of {}: {line}",
                rule.name,
                line.chars().count()
            );
        }
        assert!(
            pages.insert(format!("{}.md", rule.name)),
            "{} stands twice",
            rule.name
        );
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/doctor/rules");
    let files = std::fs::read_dir(dir)
        .expect("the room")
        .map(|entry| entry.expect("a file").file_name());
    let found = files
        .map(|name| name.into_string().expect("text"))
        .filter(|name| name.ends_with(".md"));
    assert_eq!(found.collect::<BTreeSet<String>>(), pages);
}

/// The document's section on the findings is made of the same pages.
#[test]
fn the_document_explains_every_finding() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/doctor.md");
    let text = std::fs::read_to_string(&path).expect("docs/doctor.md");
    let (before, rest) = text.split_once(BEGIN).expect("where the section begins");
    let (_, after) = rest.split_once(END).expect("where it ends");
    let expected = format!("{before}{BEGIN}\n{}\n{END}{after}", explain::markdown());
    if text != expected {
        assert!(
            std::env::var_os("UPDATE_DOCS").is_some(),
            "docs/doctor.md is stale: UPDATE_DOCS=1 cargo test -p eoi --test doctor"
        );
        std::fs::write(path, expected).expect("a writable file");
    }
}

const BEGIN: &str = "<!-- the findings: made of eoi/src/doctor/rules/*.md -->";
const END: &str = "<!-- the end of the findings -->";
