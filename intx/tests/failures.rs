//! An action that fails, at every place of every sequence of every state.

use std::collections::HashSet;
use std::error::Error as _;

use eoi_intx::fake::{Fake, Refused};
use eoi_intx::{Action, Backend, Input, Intx, Mode, Path, drive};

type Host = Fake<16>;

/// Every pair of machine and host that some sequence of inputs reaches; nothing in it is ever refused.
fn pairs(path: Path) -> Vec<(Intx, Host)> {
    let seen_as = |(machine, host): &(Intx, Host)| {
        (
            machine.bits(),
            host.masked,
            host.wired,
            host.msi,
            host.line,
            host.trapped,
        )
    };
    let machine = Intx::new(path).with_budget(1);
    let mut pairs = vec![(machine, Host::default())];
    let mut seen = HashSet::from([seen_as(&pairs[0])]);
    let mut next = 0;
    while next < pairs.len() {
        let mut followers = Input::ALL
            .map(|input| {
                let (mut machine, mut host) = pairs[next];
                let done = drive(&mut machine, input, &mut host);
                assert_eq!(done, Ok(()), "{:?} {input:?}", pairs[next]);
                (machine, host)
            })
            .to_vec();
        let (machine, mut host) = pairs[next];
        host.interrupt();
        followers.push((machine, host));
        for pair in followers {
            if seen.insert(seen_as(&pair)) {
                pairs.push(pair);
            }
        }
        next += 1;
    }
    pairs
}

#[test]
fn machine_and_host_agree_wherever_they_come() {
    for path in [Path::Resample, Path::Eoi, Path::BarTrap, Path::BarGuess] {
        let pairs = pairs(path);
        assert!(
            pairs.len() >= 5,
            "off, set up, interrupted, stopped, MSI; not {} pairs",
            pairs.len()
        );
        for (machine, host) in pairs {
            let set_up = matches!(machine.mode(), Mode::Intx | Mode::Stopped);
            assert_eq!(host.masked.is_some(), set_up, "{machine:?}");
            assert_eq!(host.msi, machine.mode() == Mode::Msi, "{machine:?}");
            assert_eq!(host.line, machine.pending(), "{machine:?}");
            let wired =
                matches!(path, Path::Resample | Path::BarGuess) && machine.mode() == Mode::Intx;
            assert_eq!(host.wired, wired, "{machine:?}");
        }
    }
}

#[test]
fn after_a_failure_all_is_torn_down_and_can_be_set_up_again() {
    let mut failures = 0;
    for path in [Path::Resample, Path::Eoi, Path::BarTrap, Path::BarGuess] {
        for (machine, host) in pairs(path) {
            for input in Input::ALL {
                let mut probe = machine;
                for at in 0..probe.handle(input).count() {
                    let (mut machine, mut host) = (machine, host);
                    host.fails = Some(at);
                    let failure =
                        drive(&mut machine, input, &mut host).expect_err("it was told to");
                    assert_eq!((failure.input, failure.error), (input, Refused::Told));
                    assert_eq!((machine.mode(), machine.pending()), (Mode::Off, false));
                    // A failed action was not done, so that even the tear-down's own action was
                    // there to be done.
                    let left = (host.masked, host.wired, host.msi, host.line);
                    assert_eq!(left, (None, false, false, false), "{machine:?} {failure:?}");
                    assert_eq!(
                        drive(&mut machine, Input::Enable, &mut host),
                        Ok(()),
                        "{failure:?}"
                    );
                    failures += 1;
                }
            }
        }
    }
    assert!(failures > 100, "only {failures}");
}

#[test]
fn a_failure_says_what_why_and_what_next() {
    let (mut machine, mut host) = (Intx::new(Path::Eoi), Host::default());
    host.fails = Some(0);
    let failure = drive(&mut machine, Input::Enable, &mut host).expect_err("it was told to");
    let text = failure.to_string();
    for part in ["EnableIntx", "Enable", "set it up with Enable"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(
        failure.source().map(ToString::to_string).as_deref(),
        Some("the fake backend: Told")
    );
}

#[test]
fn the_fake_refuses_what_the_kernel_refuses_and_keeps_the_last() {
    let mut host = Fake::<2>::default();
    assert_eq!(host.act(Action::Unmask), Err(Refused::Absent));
    assert_eq!(host.act(Action::DisableMsi), Err(Refused::Absent));
    assert_eq!(
        host.act(Action::Wire),
        Err(Refused::Absent),
        "there is no INTx to unmask"
    );
    assert_eq!(host.act(Action::EnableIntx), Ok(()));
    assert_eq!(host.act(Action::EnableIntx), Err(Refused::Busy));
    assert_eq!(host.act(Action::EnableMsi), Err(Refused::Busy));
    assert!(host.interrupt() && !host.interrupt(), "it masks itself");
    assert_eq!(
        (host.act(Action::Wire), host.act(Action::Wire)),
        (Ok(()), Err(Refused::Busy))
    );
    assert_eq!(host.act(Action::Drain), Ok(()));
    assert!(host.actions().eq([Action::Wire, Action::Drain]));
    assert_eq!(host.done, 3);
    let mut msi = Fake::<2>::default();
    assert_eq!(msi.act(Action::EnableMsi), Ok(()));
    assert_eq!(msi.act(Action::EnableIntx), Err(Refused::Busy));
    assert_eq!(msi.act(Action::EnableMsi), Err(Refused::Busy));
    assert_eq!((msi.act(Action::MmapOff), msi.trapped), (Ok(()), true));
    assert_eq!((msi.act(Action::MmapOn), msi.trapped), (Ok(()), false));
    let mut none = Fake::<0>::default();
    assert_eq!(none.act(Action::Assert), Ok(()));
    assert_eq!((none.actions().count(), none.done), (0, 1));
}
