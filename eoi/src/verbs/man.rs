//! `eoi man`: a verb's manual page, in troff.

use anyhow::{Context, Result, bail};
use clap::{Arg, Args, Command};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use roff::{Roff, bold, roman};

use super::manual::{self, ENVIRONMENT, Page};
use crate::check::names;
use crate::error::Status;
use crate::report;
use crate::verbs::candidates;

/// The day of the release, for pages that are the same whenever they are written.
pub const RELEASED: &str = "2026-11-29";

/// Print a manual page, in troff
#[derive(Args)]
#[command(after_help = manual::short("man"), after_long_help = manual::long("man"))]
pub struct ManArgs {
    /// The verb that it is about, as `doctor` or `lab run` [default: eoi itself]
    #[arg(add = candidates::verbs())]
    verb: Vec<String>,
}

/// Runs the verb; `eoi` is the command line's own description.
///
/// # Errors
/// A verb that does not exist, a date that is none, or a stdout that cannot be written.
pub fn run(args: &ManArgs, eoi: Command) -> Result<Status> {
    let pages: Vec<&Page> = manual::ALL.to_vec();
    let page = names::find("verb", &args.verb.join(" "), &pages, |page| page.verb)?;
    report::write(&text(page, eoi, &date()?)?)?;
    Ok(Status::Holds)
}

/// The date of pages: that of `SOURCE_DATE_EPOCH` (reproducible-builds.org), or of the release.
fn date() -> Result<String> {
    let Ok(seconds) = std::env::var("SOURCE_DATE_EPOCH") else {
        return Ok(RELEASED.to_string());
    };
    let time = seconds
        .parse()
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    let Some(time) = time else {
        bail!("SOURCE_DATE_EPOCH is '{seconds}'; it has to be the seconds since 1970-01-01");
    };
    Ok(time.to_zoned(TimeZone::UTC).date().to_string())
}

/// The page of a verb.
fn text(page: &Page, eoi: Command, date: &str) -> Result<String> {
    let mut command = eoi.disable_help_subcommand(true);
    command.build();
    for name in page.verb.split_whitespace() {
        let verb = command.find_subcommand(name).cloned();
        command = verb.with_context(|| format!("'{}' has a page and is no verb", page.verb))?;
    }
    let mut roff = Roff::new();
    let release = concat!("eoi ", env!("CARGO_PKG_VERSION"));
    roff.control(
        "TH",
        [
            &*name(page).to_uppercase(),
            "1",
            date,
            release,
            "User Commands",
        ],
    );
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{} - {about}", name(page)))]);
    let usage = command.render_usage().to_string();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([roman(usage.trim_start_matches("Usage: "))]);
    roff.control("SH", ["DESCRIPTION"]);
    let long = command.get_long_about().map_or(about, ToString::to_string);
    paragraphs(&mut roff, "PP", &long);
    section(
        &mut roff,
        "COMMANDS",
        command.get_subcommands().map(|verb| {
            let about = verb
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            (format!("{}-{}(1)", name(page), verb.get_name()), about)
        }),
    );
    options(&mut roff, &command);
    rest(&mut roff, page);
    Ok(roff.render())
}

/// The text's paragraphs, with this request between them.
fn paragraphs(roff: &mut Roff, request: &str, text: &str) {
    for (index, paragraph) in text.split("\n\n").enumerate() {
        if index > 0 {
            roff.control(request, []);
        }
        roff.text([roman(paragraph.replace('\n', " "))]);
    }
}

/// The arguments and the options, as `--help` has them.
fn options(roff: &mut Roff, command: &Command) {
    let arguments = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set());
    let (positional, options): (Vec<&Arg>, Vec<&Arg>) = arguments.partition(|a| a.is_positional());
    if positional.is_empty() && options.is_empty() {
        return;
    }
    roff.control("SH", ["OPTIONS"]);
    for argument in positional.into_iter().chain(options) {
        roff.control("TP", []);
        roff.text([bold(argument.to_string())]);
        let help = argument.get_long_help().or(argument.get_help());
        paragraphs(
            roff,
            "IP",
            &help.map(ToString::to_string).unwrap_or_default(),
        );
        let default = argument
            .get_default_values()
            .iter()
            .map(|value| value.to_string_lossy());
        let default: Vec<_> = default.collect();
        if !default.is_empty() && argument.get_action().takes_values() {
            roff.text([roman(format!("[default: {}]", default.join(", ")))]);
        }
        let values = argument.get_possible_values();
        let values = values
            .iter()
            .filter(|value| !value.is_hide_set() && argument.get_action().takes_values());
        for value in values {
            let help = value
                .get_help()
                .map(|help| format!(": {help}"))
                .unwrap_or_default();
            roff.control("br", []);
            roff.text([bold(value.get_name()), roman(help)]);
        }
    }
}

/// The sections that the command line does not know of.
fn rest(roff: &mut Roff, page: &Page) {
    let examples = page
        .examples
        .iter()
        .map(|example| (example.command, sentence(example.about)));
    section(roff, "EXAMPLES", examples);
    let status = page
        .status
        .iter()
        .map(|(status, about)| (status, sentence(about)));
    section(roff, "EXIT STATUS", status);
    section(roff, "FILES", page.files.iter().copied());
    section(
        roff,
        "ENVIRONMENT",
        page.environment.iter().chain(&ENVIRONMENT).copied(),
    );
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(see_also(page).join(", "))]);
}

/// `eoi-lab-run` of `lab run`.
fn name(page: &Page) -> String {
    ["eoi"]
        .into_iter()
        .chain(page.verb.split_whitespace())
        .collect::<Vec<_>>()
        .join("-")
}

/// A section of words with their meanings; nothing where there are none.
fn section<W: ToString, A: ToString>(
    roff: &mut Roff,
    title: &str,
    entries: impl Iterator<Item = (W, A)>,
) {
    for (index, (word, about)) in entries.enumerate() {
        if index == 0 {
            roff.control("SH", [title]);
        }
        roff.control("TP", []);
        roff.text([bold(word.to_string())]);
        roff.text([roman(about.to_string())]);
    }
}

/// A few words as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let end = if words.ends_with('?') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// The pages above, beside and below this one, and those of other programs.
fn see_also(page: &Page) -> Vec<String> {
    let near = |other: &&Page| {
        let above = other.verb.is_empty() || page.verb.starts_with(&format!("{} ", other.verb));
        let same = |verb: &str| verb.rsplit_once(' ').map(|(above, _)| above.to_string());
        let below = other.verb.starts_with(&format!("{} ", page.verb));
        other.verb != page.verb && (above || below || same(other.verb) == same(page.verb))
    };
    let own = manual::ALL
        .iter()
        .copied()
        .filter(near)
        .map(|page| format!("{}(1)", name(page)));
    let others = page.others.iter().map(|page| (*page).to_string());
    own.chain(others).collect()
}
