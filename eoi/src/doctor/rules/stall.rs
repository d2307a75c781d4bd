//! Do interrupts keep coming? The model's search, on every configuration that this host may be.

use eoi_model::device::Device;
use eoi_model::fixes;
use eoi_model::kernels;
use eoi_model::scenario::Scenario;

use crate::doctor::finding::Found;
use crate::doctor::models::{Answer, Question};
use crate::doctor::seen::Seen;
use crate::host::chips::rows;
use crate::host::pci::Capabilities;
use crate::host::{Chips, Disintx, Evidence, Function};

/// One configuration that the host may be, with what the search says of it on each path.
struct Possibility {
    question: Question,
    answers: Vec<Answer>,
}

impl Possibility {
    fn stalls(&self) -> bool {
        self.answers.iter().any(|answer| answer.stall.is_some())
    }

    fn stalls_always(&self) -> bool {
        self.answers.iter().all(|answer| answer.stall.is_some())
    }
}

/// The controller and DisINTx of a function with a line that is worth a verdict: it may be handed to a guest, and does not
/// use MSI at the moment.
fn line(seen: &Seen<'_>, function: &Function) -> Option<(Chips, Disintx)> {
    let no_pin = function.config.is_some_and(|config| !config.may_have_pin());
    if !seen.judged(function) || function.uses_messages() || no_pin {
        return None;
    }
    Some((
        Chips::of(seen.host, function)?,
        Disintx::of(seen.host, function),
    ))
}

/// Every configuration that the line may be.
fn questions(
    seen: &Seen<'_>,
    of: &Function,
    chips: &Chips,
    devices: &[Device],
    scenario: Scenario,
) -> Vec<Question> {
    let way = seen.host.way(of).map(|way| (way.path, way.vmm, way.guest));
    let threadirqs = seen.host.threads_interrupts();
    let cpus = if seen.host.cpus == 1 { 1 } else { 2 };
    let mut found = Vec::new();
    for &chip in &chips.rows {
        for kernel in seen.kernel.may_be() {
            for &device in devices {
                found.push(Question {
                    chip,
                    kernel: kernel.clone(),
                    device,
                    scenario,
                    threadirqs,
                    cpus,
                    way,
                });
            }
        }
    }
    found
}

fn name(question: &Question) -> String {
    let lazy = if question.is_lazy() { "lazy" } else { "unlazy" };
    let bits = match question.device {
        Device::NoDisintx => "DisINTx-",
        Device::Disintx | Device::LyingDisintx => "DisINTx+",
    };
    format!("{}, {lazy}, {bits}", question.chip.name)
}

/// The different names, in their order.
fn names<'a>(possibilities: impl IntoIterator<Item = &'a Possibility>) -> Vec<String> {
    let mut names = Vec::new();
    for name in possibilities
        .into_iter()
        .map(|possibility| name(&possibility.question))
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The configurations that exist, with what the search says.
fn possibilities(
    seen: &Seen<'_>,
    of: &Function,
    chips: &Chips,
    disintx: &Disintx,
) -> Vec<Possibility> {
    let asked = questions(seen, of, chips, disintx.modelled(), Scenario::Steady)
        .into_iter()
        .map(|question| {
            let answers = seen.models.ask(&question);
            Possibility { question, answers }
        });
    asked
        .filter(|possibility| !possibility.answers.is_empty())
        .collect()
}

/// Whether interrupts stop in every configuration that this host may be, on every path, and where nobody races too. A line
/// that only a race loses may as well be one that waits for the guest.
#[must_use]
pub fn certainly(seen: &Seen<'_>, function: &Function) -> bool {
    let Some((chips, disintx)) = line(seen, function) else {
        return false;
    };
    let possibilities = possibilities(seen, function, &chips, &disintx);
    let mut answers = possibilities.iter().flat_map(|it| &it.answers);
    !possibilities.is_empty() && answers.all(|answer| answer.stall.is_some() && answer.quietly)
}

/// Whether the function will use its line for certain: it does so, or it has nothing else. A list of capabilities that was
/// not seen to its end may have MSI behind it.
fn certain(seen: &Seen<'_>, function: &Function) -> bool {
    let capabilities = capabilities(function);
    let nothing_else =
        capabilities.complete && capabilities.msi.is_none() && capabilities.msix.is_none();
    seen.host.in_use(function) || nothing_else
}

fn capabilities(function: &Function) -> Capabilities {
    function
        .config
        .map(|config| config.capabilities)
        .unwrap_or_default()
}

/// `stall-expected`
pub fn expected(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    let (chips, disintx) = line(seen, function)?;
    let possibilities = possibilities(seen, function, &chips, &disintx);
    if !possibilities.iter().all(Possibility::stalls_always) || !certain(seen, function) {
        return None;
    }
    let first = possibilities.first()?;
    let answer = first.answers.first()?;
    let steps = answer.stall.as_ref().map_or(0, Vec::len);
    let summary = format!(
        "The guest gets an interrupt or two and then none: {} loses the line. The shortest example has {steps} steps ({})",
        chips.shown,
        name(&first.question),
    );
    let found = Found::new(summary).command(format!("{} --explain", answer.command));
    Some(complete(
        seen,
        function,
        found,
        &chips,
        &disintx,
        &possibilities,
    ))
}

/// `stall-possible`
pub fn possible(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    let (chips, disintx) = line(seen, function)?;
    let possibilities = possibilities(seen, function, &chips, &disintx);
    let certain = certain(seen, function);
    let first = possibilities
        .iter()
        .flat_map(|possibility| &possibility.answers)
        .find(|answer| answer.stall.is_some())?;
    if possibilities.iter().all(Possibility::stalls_always) && certain {
        return None;
    }
    let (bad, good): (Vec<&Possibility>, Vec<&Possibility>) =
        possibilities.iter().partition(|row| row.stalls());
    let (all, bad, good) = (names(&possibilities), names(bad), names(good));
    let mut summary = match (all.len(), bad.len()) {
        (1, _) => format!(
            "Interrupts stop on some paths to the guest ({})",
            bad.join("; ")
        ),
        (all, stop) => {
            let verb = if stop == 1 { "this one" } else { "these" };
            format!(
                "This host may be one of {all} configurations. Interrupts stop in {verb}: {}",
                bad.join("; ")
            )
        }
    };
    if !good.is_empty() {
        summary += &format!(". They keep coming in: {}", good.join("; "));
    }
    if !certain {
        summary += if capabilities(function).complete {
            ". The function has MSI, so that this matters only to a guest that uses INTx"
        } else {
            ". Not known: does the function have MSI? If it has, this matters only to a guest that uses INTx"
        };
    }
    let found = Found::new(summary).command(format!("{} --explain", first.command));
    Some(complete(
        seen,
        function,
        found,
        &chips,
        &disintx,
        &possibilities,
    ))
}

/// Evidence and remedies of both.
fn complete(
    seen: &Seen<'_>,
    of: &Function,
    found: Found,
    chips: &Chips,
    disintx: &Disintx,
    possibilities: &[Possibility],
) -> Found {
    let evidence = [
        chips.evidence.clone(),
        disintx.evidence().clone(),
        seen.kernel.evidence.clone(),
    ];
    let bad: Vec<&Question> = possibilities
        .iter()
        .filter(|possibility| possibility.stalls())
        .map(|possibility| &possibility.question)
        .collect();
    let way = seen
        .host
        .way(of)
        .map(|way| Evidence::new(way.source, way.because));
    found
        .because(evidence)
        .because(way)
        .remedy(remedy(seen, &bad))
}

/// The remedies that, by the same search, keep interrupts coming in all of these configurations and break no other law.
fn remedy(seen: &Seen<'_>, bad: &[&Question]) -> String {
    let holds = |change: &dyn Fn(&Question) -> Option<Question>| {
        bad.iter()
            .all(|question| change(question).is_some_and(|changed| seen.models.is_sound(&changed)))
    };
    let mut ways = Vec::new();
    if let Some(name) = kernels::ALL
        .iter()
        .find(|kernel| holds(&|question| newer(question, kernel)))
    {
        let lazy = bad.iter().any(|question| question.is_lazy());
        let releases = if lazy {
            " (the fix is in 6.12.58, 6.17.8 and 6.18)"
        } else {
            ""
        };
        ways.push(format!("a kernel that behaves as {}{releases}", name.name));
    } else if let Some(fix) =
        fixes::by_name("vfio-unlazy").filter(|fix| holds(&|question| fixed(question, fix)))
    {
        ways.push(format!(
            "this kernel with {} (commit 8b9f128947dd)",
            fix.name
        ));
    }
    ways.extend(threads(seen, bad));
    let masked = |question: &Question| {
        Some(Question {
            device: Device::Disintx,
            ..question.clone()
        })
    };
    if seen.host.nointxmask == Some(true) && holds(&masked) {
        ways.push("vfio_pci without nointxmask=1, if the function has DisINTx".to_string());
    }
    ways.push("a guest that uses the function's MSI or MSI-X, if it has it".to_string());
    format!(
        "The same search shows what keeps interrupts coming: {}",
        ways.join("; or ")
    )
}

/// `threadirqs`, where it keeps interrupts coming on every controller that this may be.
fn threads(seen: &Seen<'_>, bad: &[&Question]) -> Option<String> {
    let threaded = |question: &&Question| {
        seen.models.is_sound(&Question {
            threadirqs: true,
            ..(*question).clone()
        })
    };
    let helps = !seen.host.threads_interrupts() && bad.iter().all(threaded);
    helps.then(|| "booting the host with threadirqs".to_string())
}

/// The same with a kernel that is newer and has the fix, on the row that it has for the controller.
fn newer(question: &Question, kernel: &'static kernels::Kernel) -> Option<Question> {
    let has = |chip: &&'static eoi_model::irqchip::Irqchip| chip.kernels.has(kernel);
    let same = [question.chip].into_iter().find(has);
    let chip = same.or_else(|| rows(question.chip.prints).into_iter().find(has))?;
    kernel.vfio_unlazy.then(|| Question {
        chip,
        kernel: (kernel, Vec::new()),
        ..question.clone()
    })
}

fn fixed(question: &Question, fix: &'static fixes::Fix) -> Option<Question> {
    let (kernel, _) = question.kernel;
    (!kernel.vfio_unlazy).then(|| Question {
        kernel: (kernel, vec![fix]),
        ..question.clone()
    })
}

/// `mask-race`
pub fn mask_race(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    let (chips, disintx) = line(seen, function)?;
    let unknown = matches!(disintx, Disintx::Unknown(_));
    if !(disintx.lacks() || unknown) || !seen.will_use_intx(function) {
        return None;
    }
    let asked = questions(
        seen,
        function,
        &chips,
        &[Device::NoDisintx],
        Scenario::GuestDisintx,
    );
    let (question, answer) = asked
        .iter()
        .find_map(|question| Some((question, seen.models.first_stall(question)?)))?;
    let if_so = if unknown {
        "If the function has no DisINTx: "
    } else {
        ""
    };
    let summary = format!(
        "{if_so}Interrupts can stop when the VMM masks the line, or the guest sets DisINTx, at the moment in which an interrupt \
         arrives: the host then disables the irq twice and enables it once ({})",
        name(question)
    );
    let evidence = [chips.evidence.clone(), disintx.evidence().clone()];
    let remedy = "No released kernel has a remedy; the candidate fix vfio-mask-once holds in the lab. A guest that uses MSI is \
                  not affected";
    let found = Found::new(summary)
        .lesser_if(unknown)
        .because(evidence)
        .remedy(remedy);
    Some(found.command(format!("{} --explain", answer.command)))
}
