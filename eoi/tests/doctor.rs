//! Fixture hosts: what must be found is found, nothing else above info is, and no rule is without a host.

mod fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use eoi::doctor::{Diagnosis, Finding, Severity, diagnose, rules};
use eoi::host::{Request, Tree};
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
    let irqs = fixture.requests.iter().filter_map(|text| text.strip_prefix("irq ")?.parse().ok());
    let addresses = fixture.requests.iter().filter(|text| !text.starts_with("irq ")).cloned();
    Request { addresses: addresses.collect(), irqs: irqs.collect() }
}

fn run(fixture: &Fixture) -> Diagnosis {
    let tree = Tree::from_nodes(fixture.nodes.clone());
    diagnose(&tree, &request(fixture)).unwrap_or_else(|error| panic!("{}: {error:#}", fixture.name))
}

/// `line-shared 0000:01:00.0`, `nointxmask`; an irq where there is no function.
fn matches(finding: &Finding, name: &str, about: Option<&str>) -> bool {
    let irq = finding.irq.map(|irq| format!("irq {irq}"));
    finding.name == name
        && about.is_none_or(|about| finding.device.as_deref() == Some(about) || irq.as_deref() == Some(about))
}

#[test]
fn what_is_expected_is_found_and_nothing_else() {
    let mut wrong = String::new();
    for (fixture, diagnosis) in ALL.iter() {
        let found = &diagnosis.findings;
        let is = |name: &str, about: Option<&str>| found.iter().any(|finding| matches(finding, name, about));
        let mut say = |what: &str, name: &str, about: Option<&str>| {
            wrong += &format!("{}: {what}: {name} {}\n", fixture.name, about.unwrap_or_default());
        };
        for (name, about) in fixture.expect.iter().filter(|(name, about)| !is(name, about.as_deref())) {
            say("missing", name, about.as_deref());
        }
        for (name, about) in fixture.expect_not.iter().filter(|(name, about)| is(name, about.as_deref())) {
            say("must not be", name, about.as_deref());
        }
        for finding in found.iter().filter(|finding| finding.severity >= Severity::Warning) {
            let expected = |(name, about): &(String, Option<String>)| matches(finding, name, about.as_deref());
            if !fixture.expect.iter().any(expected) {
                say("not expected", finding.name, finding.device.as_deref());
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
        assert!(origin.iter().any(|word| fixture.origin.starts_with(word)), "{name}: origin '{}'", fixture.origin);
        assert!(!fixture.why.is_empty(), "{name} gives no reason");
        assert!(!fixture.expect.is_empty() || !fixture.expect_not.is_empty(), "{name} expects nothing");
        for finding in &diagnosis.findings {
            assert!(!finding.evidence.is_empty(), "{name}: {} has no evidence", finding.name);
            let rule = rules::ALL.iter().find(|rule| rule.name == finding.name).expect("a rule");
            assert!((rule.least..=rule.severity).contains(&finding.severity), "{name}: {}", finding.name);
            assert!(!finding.cause.is_empty() && !finding.reference.is_empty(), "{name}: {}", finding.name);
            for evidence in &finding.evidence {
                assert!(!evidence.path.starts_with('/') && !evidence.text.is_empty(), "{name}: {evidence:?}");
            }
        }
    }
}

#[test]
fn every_finding_has_a_host() {
    let fixtures = fixture::all();
    assert!(fixtures.len() >= 25, "{} hosts", fixtures.len());
    let expected: BTreeSet<&str> =
        fixtures.iter().flat_map(|fixture| &fixture.expect).map(|(name, _)| name.as_str()).collect();
    let named: BTreeSet<&str> = rules::ALL.iter().map(|rule| rule.name).collect();
    let watched = BTreeSet::from(["line-stuck", "storm"]); // seen only over time
    let without: Vec<_> = named.difference(&watched).filter(|name| !expected.contains(*name)).collect();
    assert!(without.is_empty(), "no fixture expects {without:?}");
    let unknown: Vec<_> = expected.difference(&named).collect();
    assert!(unknown.is_empty(), "fixtures expect what no rule finds: {unknown:?}");
}

/// A host that shows nothing is not called healthy.
#[test]
fn what_cannot_be_told_is_said() {
    let by_name = |name: &str| &ALL.iter().find(|(fixture, _)| fixture.name == name).expect("a fixture").1;
    assert!(!by_name("container-no-sys").undecided.is_empty(), "no /sys");
    let seen = &by_name("x86-not-root").unseen;
    assert!(seen.iter().any(|unseen| unseen.why.contains("root")), "{seen:?}");
    assert!(seen.iter().any(|unseen| unseen.why == "Permission denied"), "{seen:?}");
    let nothing = diagnose(&Tree::from_nodes(BTreeMap::new()), &Request::default());
    assert!(!nothing.expect("a diagnosis").undecided.is_empty(), "a host without files");
}
