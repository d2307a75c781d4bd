//! Does the line keep coming? The model's search, on every configuration that cannot be told apart.

use eoi_model::device::Device as Modelled;
use eoi_model::fixes;
use eoi_model::kernels;
use eoi_model::scenario::Scenario;

use crate::doctor::finding::{Finding, Severity};
use crate::doctor::models::{Answer, Question};
use crate::doctor::seen::Seen;
use crate::host::chips::rows;
use crate::host::{Chips, Device, Disintx};

/// One configuration, in words, and what the search says of it.
struct Row {
    question: Question,
    name: String,
    answers: Vec<Answer>,
}

impl Row {
    fn stalls(&self) -> bool {
        self.answers.iter().any(|answer| answer.stall.is_some())
    }

    fn stalls_always(&self) -> bool {
        self.answers.iter().all(|answer| answer.stall.is_some())
    }
}

/// A function whose line is worth a verdict: it may be handed to a guest, and does not use MSI at the moment.
fn line(seen: &Seen<'_>, device: &Device) -> Option<(Chips, Disintx)> {
    if !seen.judged(device) || device.uses_messages() || device.config.is_some_and(|config| !config.has_pin()) {
        return None;
    }
    Some((Chips::of(seen.host, device)?, Disintx::of(seen.host, device)))
}

/// Every configuration that the line may be.
fn questions(seen: &Seen<'_>, chips: &Chips, devices: &[Modelled], scenario: Scenario) -> Vec<Question> {
    let mut found = Vec::new();
    for &chip in &chips.rows {
        for kernel in seen.kernel.modelled() {
            for &device in devices {
                let (threadirqs, cpus) = (seen.host.threads_interrupts(), if seen.host.cpus == 1 { 1 } else { 2 });
                found.push(Question { chip, kernel: kernel.clone(), device, scenario, threadirqs, cpus });
            }
        }
    }
    found
}

fn name(question: &Question) -> String {
    let lazy = if question.is_lazy() { "lazy" } else { "unlazy" };
    format!("{}, {lazy}, {}", question.chip.name, bits(question.device))
}

/// Those of them that exist, with what the search says.
fn rows_of(seen: &Seen<'_>, chips: &Chips, devices: &[Modelled]) -> Vec<Row> {
    let asked = questions(seen, chips, devices, Scenario::Steady).into_iter().map(|question| {
        let answers = seen.models.ask(&question);
        Row { name: name(&question), question, answers }
    });
    asked.filter(|row| !row.answers.is_empty()).collect()
}

const fn bits(device: Modelled) -> &'static str {
    match device {
        Modelled::NoDisintx => "DisINTx-",
        Modelled::Disintx | Modelled::LyingDisintx => "DisINTx+",
    }
}

/// `stall-expected`
pub fn expected(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    let (chips, disintx) = line(seen, device)?;
    let rows = rows_of(seen, &chips, disintx.modelled());
    if rows.is_empty() || !rows.iter().all(Row::stalls_always) || !certain(seen, device) {
        return None;
    }
    let answer = rows[0].answers.first()?;
    let events = answer.stall.as_deref().unwrap_or_default().len();
    let cause = format!(
        "The guest gets an interrupt or two and then none: {} loses the line by {events} events ({})",
        chips.shown, rows[0].name
    );
    let finding = Finding::new("stall-expected", Severity::Error, cause).of(device);
    Some(
        complete(seen, finding, &chips, &disintx, &rows)
            .reference(format!("docs/findings.md, \"The stall that was reported\"; {} --explain", answer.command)),
    )
}

/// Whether every configuration that cannot be told apart loses the line, on every path.
#[must_use]
pub fn certainly(seen: &Seen<'_>, device: &Device) -> bool {
    let rows = line(seen, device).map(|(chips, disintx)| rows_of(seen, &chips, disintx.modelled()));
    rows.is_some_and(|rows| !rows.is_empty() && rows.iter().all(Row::stalls_always))
}

/// Whether the function will use its line for certain.
fn certain(seen: &Seen<'_>, device: &Device) -> bool {
    let capabilities = device.config.map(|config| config.capabilities).unwrap_or_default();
    seen.host.in_use(device) || !capabilities.complete || (capabilities.msi.is_none() && capabilities.msix.is_none())
}

/// `stall-possible`
pub fn possible(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    let (chips, disintx) = line(seen, device)?;
    let rows = rows_of(seen, &chips, disintx.modelled());
    let (bad, good): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.stalls());
    let all = !rows.is_empty() && rows.iter().all(Row::stalls_always);
    if bad.is_empty() || (all && certain(seen, device)) {
        return None;
    }
    let names = |rows: &[&Row]| {
        let mut names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        names.dedup();
        names.join("; ")
    };
    let mut cause = format!("The line is lost in some of the configurations that this may be: {}", names(&bad));
    if !good.is_empty() {
        cause += &format!(". It keeps coming in: {}", names(&good));
    }
    if !certain(seen, device) {
        cause += ". It has MSI, so that it matters only to a guest that uses INTx";
    }
    let command = &bad.first()?.answers.iter().find(|answer| answer.stall.is_some())?.command;
    let finding = Finding::new("stall-possible", Severity::Warning, cause).of(device);
    // An unlazy line that is lost is the controller driver's own matter, and not the one that was reported.
    let lazy = bad.iter().any(|row| row.question.is_lazy());
    let section = if lazy { "docs/findings.md, \"The stall that was reported\"; " } else { "" };
    let reference = format!("{section}{command} --explain");
    Some(complete(seen, finding, &chips, &disintx, &rows).reference(reference))
}

/// Evidence and remedies of both.
fn complete(seen: &Seen<'_>, finding: Finding, chips: &Chips, disintx: &Disintx, rows: &[Row]) -> Finding {
    let evidence = [chips.evidence.clone(), disintx.evidence().clone()].into_iter();
    finding.because(evidence.chain(seen.kernel.evidence.iter().cloned())).remedy(remedy(seen, rows))
}

/// What, by the same search, keeps the line where it is lost, and breaks no other law.
fn remedy(seen: &Seen<'_>, rows: &[Row]) -> String {
    let bad: Vec<&Question> = rows.iter().filter(|row| row.stalls()).map(|row| &row.question).collect();
    let holds = |change: &dyn Fn(&Question) -> Option<Question>| {
        bad.iter().all(|question| change(question).is_some_and(|changed| seen.models.is_sound(&changed)))
    };
    let mut ways = Vec::new();
    if let Some(name) = kernels::ALL.iter().find(|kernel| holds(&|question| newer(question, kernel))) {
        let lazy = bad.iter().any(|question| question.is_lazy());
        let releases = if lazy { " (the fix is in 6.12.58, 6.17.8 and 6.18)" } else { "" };
        ways.push(format!("a kernel that behaves as {}{releases}", name.name));
    } else if let Some(fix) = fixes::by_name("vfio-unlazy").filter(|fix| holds(&|question| fixed(question, fix))) {
        ways.push(format!("this kernel with {} (commit 8b9f128947dd)", fix.name));
    }
    ways.extend(threads(seen, &bad));
    let masked = |question: &Question| Some(Question { device: Modelled::Disintx, ..question.clone() });
    if seen.host.nointxmask == Some(true) && holds(&masked) {
        ways.push("vfio_pci without nointxmask=1, if the function has DisINTx".to_string());
    }
    ways.push("a guest that uses the function's MSI or MSI-X, if it has it".to_string());
    format!("By the same search, what keeps the line: {}", ways.join("; or "))
}

/// `threadirqs`, and on which rows it helps where it does not on all.
fn threads(seen: &Seen<'_>, bad: &[&Question]) -> Option<String> {
    let threaded = |question: &Question| seen.models.is_sound(&Question { threadirqs: true, ..question.clone() });
    let (good, still): (Vec<&Question>, Vec<&Question>) = bad.iter().partition(|question| threaded(question));
    if seen.host.threads_interrupts() || good.is_empty() {
        return None;
    }
    let names = |questions: &[&Question]| {
        let mut names: Vec<&str> = questions.iter().map(|question| question.chip.name).collect();
        names.dedup();
        names.join(", ")
    };
    let only =
        if still.is_empty() { String::new() } else { format!(" (helps {}, not {})", names(&good), names(&still)) };
    Some(format!("booting the host with threadirqs{only}"))
}

/// The same with a kernel that is newer and has the fix, on the row that it has for the controller.
fn newer(question: &Question, kernel: &'static kernels::Kernel) -> Option<Question> {
    let has =
        |chip: &&'static eoi_model::irqchip::Irqchip| chip.kernels.is_empty() || chip.kernels.contains(&kernel.name);
    let same = [question.chip].into_iter().find(has);
    let chip = same.or_else(|| rows(question.chip.prints).into_iter().find(has))?;
    kernel.vfio_unlazy.then(|| Question { chip, kernel: (kernel, Vec::new()), ..question.clone() })
}

fn fixed(question: &Question, fix: &'static fixes::Fix) -> Option<Question> {
    let (kernel, _) = question.kernel;
    (!kernel.vfio_unlazy).then(|| Question { kernel: (kernel, vec![fix]), ..question.clone() })
}

/// `mask-race`
pub fn mask_race(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    let (chips, disintx) = line(seen, device)?;
    let unknown = matches!(disintx, Disintx::Unknown(_));
    if !(disintx.lacks() || unknown) || !seen.will_use_intx(device) {
        return None;
    }
    let asked = questions(seen, &chips, &[Modelled::NoDisintx], Scenario::GuestDisintx);
    let (question, answer) = asked.iter().find_map(|question| Some((question, seen.models.first_stall(question)?)))?;
    let (severity, if_so) =
        if unknown { (Severity::Info, "If the function has no DisINTx: ") } else { (Severity::Warning, "") };
    let cause = format!(
        "{if_so}A VMM that masks the line (or a guest that sets DisINTx) while an interrupt is on its way to vfio_intx_handler \
         loses it: the line is disabled twice and enabled once ({})",
        name(question)
    );
    let evidence = [chips.evidence.clone(), disintx.evidence().clone()];
    let remedy = "No released kernel has a remedy; the candidate vfio-mask-once holds in the lab. A guest that uses MSI does \
                  not meet it";
    let finding = Finding::new("mask-race", severity, cause).of(device).because(evidence).remedy(remedy);
    Some(finding.reference(format!(
        "docs/findings.md, \"A second way to lose the line, on every controller\"; {} --explain",
        answer.command
    )))
}
