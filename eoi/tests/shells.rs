//! Completions as the real shells do them: names, lists of names, and addresses. A shell that is not installed is an ignored
//! test.

mod programs;
mod pty;

use std::path::Path;
use std::process::{Command, ExitCode};

use eoi_model::{fixes, irqchip};
use libtest_mimic::Trial;
use programs::trial_with;
use pty::Terminal;

/// The prompt that says that a shell is ready.
const READY: &str = "READY> ";

/// A line that is completed, and what the last word may become.
type Case = (String, Vec<String>);

/// A test that needs a shell.
fn in_shell(shell: &'static str, test: fn()) -> Trial {
    trial_with(shell, &format!("{shell}_knows_names_and_addresses"), test)
}

fn main() -> ExitCode {
    let tests = vec![
        in_shell("bash", bash),
        in_shell("zsh", zsh),
        in_shell("fish", fish),
    ];
    programs::run(tests)
}

/// A case whose answer is a few names.
fn case(line: &str, names: &[&str]) -> Case {
    (
        line.to_string(),
        names.iter().map(|name| (*name).to_string()).collect(),
    )
}

/// A case whose answer are the names of a table that begin as the last word does, after what stands before them there.
fn of_table(line: &str, before: &str, table: &[&'static str]) -> Case {
    let last = line.rsplit(' ').next().expect("a word");
    let named = table.iter().map(|name| format!("{before}{name}"));
    let names: Vec<String> = named.filter(|name| name.starts_with(last)).collect();
    assert!(!names.is_empty(), "{line}: no name of the table begins so");
    (line.to_string(), names)
}

fn cases() -> Vec<Case> {
    let chips: Vec<&str> = irqchip::ALL.iter().map(|chip| chip.name).collect();
    let fixes: Vec<&str> = fixes::ALL.iter().map(|fix| fix.name).collect();
    let mut cases = vec![
        of_table("eoi check --chip xi", "", &chips),
        of_table("eoi check --chip xive,plic-", "xive,", &chips),
        of_table("eoi check --chip=plic-", "--chip=", &chips),
        of_table("eoi check --fix vfio-", "", &fixes),
        of_table(
            "eoi check --kernel linux-6.12.57+vfio-",
            "linux-6.12.57+",
            &fixes,
        ),
        case("eoi check --kernel linux-6.12.1", &["linux-6.12.107"]),
        case(
            "eoi check --guest kvm-i",
            &["kvm-ioapic", "kvm-ioapic-avic", "kvm-i8259"],
        ),
        case(
            "eoi check --guest kvm-ioapic+e",
            &["kvm-ioapic+edge", "kvm-ioapic+eoi-first"],
        ),
        case(
            "eoi check --scenario shared",
            &["shared-line", "shared-guest", "shared-pin"],
        ),
        case("eoi check --path bar-t", &["bar-trap"]),
        case("eoi check --device no", &["no-disintx"]),
        case("eoi check --vmm q", &["qemu"]),
        case("eoi check --format js", &["json"]),
        case(
            "eoi lab run --machine q35-",
            &["q35-ioapic", "q35-ir-ioapic", "q35-i8259"],
        ),
        case(
            "eoi lab show --case kvm-soak",
            &["kvm-soak", "kvm-soak-eoi"],
        ),
        case(
            "eoi lab run --only q35-i8259/6.12.57/t",
            &["q35-i8259/6.12.57/threadirqs"],
        ),
        case("eoi lab fetch emul", &["emulators"]),
        case(
            "eoi trace --chip aplic-d",
            &["aplic-direct", "aplic-direct-qemu"],
        ),
        case(
            "eoi doctor --explain stall-",
            &["stall-expected", "stall-possible"],
        ),
        case("eoi man doc", &["doctor"]),
    ];
    cases.extend(addresses());
    cases
}

/// The addresses of this machine that begin as its first one does up to the bus; nothing where it has no PCI.
fn addresses() -> Option<Case> {
    let entries = std::fs::read_dir("/sys/bus/pci/devices").ok()?;
    let names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let head = names.first()?.rsplit_once(':')?.0.to_string() + ":";
    names.retain(|name| name.starts_with(&head));
    Some((format!("eoi doctor {head}"), names))
}

/// A shell's command that finds the tool by its name.
fn command(shell: &str) -> Command {
    let tool = Path::new(env!("CARGO_BIN_EXE_eoi"))
        .parent()
        .expect("a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(shell);
    command
        .env("PATH", format!("{}:{path}", tool.display()))
        .env("PS1", READY)
        .env_remove("PROMPT_COMMAND")
        .env_remove("INPUTRC");
    command
}

/// Types commands that set a shell up, and one that shows the words of a line one by one.
fn set_up(terminal: &mut Terminal, commands: &str) {
    terminal.until(READY);
    terminal.types(&format!(
        "words() {{ printf '<%s>\\n' \"$@\"; echo END; }}; {commands}; echo IS''SET\n"
    ));
    terminal.until("ISSET");
}

/// Types each line, a key that inserts everything that the last word may become, and at its beginning the command that shows
/// the words.
fn typed(mut terminal: Terminal, insert_all: &str, breaks: &[char]) {
    for (line, mut expected) in cases() {
        terminal.types(&format!("{line}{insert_all}\x01words \n"));
        let written = terminal.until("\nEND");
        let words = written
            .lines()
            .filter_map(|line| line.trim().strip_prefix('<')?.strip_suffix('>'));
        // Behind one of `breaks` a shell begins a new word, of which alone it inserts more than one.
        let last = line.rsplit(' ').next().unwrap_or_default();
        let head = last.rfind(breaks).map_or("", |at| &last[..=at]);
        let whole = |word: &str| match word.strip_prefix(head) {
            Some(_) => word.to_string(),
            None => format!("{head}{word}"),
        };
        let words = words.skip(line.split(' ').count() - 1);
        let mut words: Vec<String> = words.map(whole).collect();
        words.sort_unstable(); // each shell has an order of its own
        expected.sort_unstable();
        assert_eq!(words, expected, "{line}: {written:?}");
    }
}

fn bash() {
    let mut bash = command("bash");
    bash.args(["--norc", "--noprofile", "-i"])
        .env("TERM", "dumb")
        .env("INPUTRC", "/dev/null");
    let mut terminal = Terminal::start(bash, 2000);
    set_up(&mut terminal, "source <(eoi completions bash)");
    typed(terminal, "\x1b*", &[':', '=']);
}

fn zsh() {
    let mut zsh = command("zsh");
    zsh.args(["-f", "-i"]).env("TERM", "vt100");
    let mut terminal = Terminal::start(zsh, 2000);
    let all = "zle -C all complete-word _generic; bindkey '^Xa' all; bindkey '^A' beginning-of-line; \
               zstyle ':completion:all::::' completer _all_matches _complete; \
               zstyle ':completion:all:*' insert true";
    let modules =
        "unset zle_bracketed_paste; unsetopt prompt_sp; autoload -U compinit; compinit -u -D";
    set_up(
        &mut terminal,
        &format!("{modules}; {all}; source <(eoi completions zsh)"),
    );
    typed(terminal, "\x18a", &[]);
}

fn fish() {
    for (line, mut expected) in cases() {
        let script = "eoi completions fish | source; complete --do-complete=$argv[1]";
        let output = command("fish")
            .args(["--no-config", "--command", script, &line])
            .output()
            .expect("fish runs");
        let text = String::from_utf8(output.stdout).expect("text");
        let words = text
            .lines()
            .map(|line| line.split('\t').next().unwrap_or_default());
        let mut words: Vec<&str> = words.collect();
        words.sort_unstable();
        expected.sort_unstable();
        assert_eq!(
            words,
            expected,
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
