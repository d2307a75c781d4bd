//! Each path does what its documentation says, input by input, at the cost that it says.

use eoi_intx::fake::Fake;
use eoi_intx::{Action, Cost, Input, Intx, Mode, Path, drive};

use Action::{
    Assert, Deassert, Drain, EnableIntx, MmapOff, MmapOn, ResetDevice, Throttled, Unmask, Unwire,
    Wire,
};

fn enabled(path: Path) -> Intx {
    let mut machine = Intx::new(path);
    let _ = machine.handle(Input::Enable);
    machine
}

#[track_caller]
fn gives(machine: &mut Intx, input: Input, expected: &[Action]) {
    let actions: Vec<Action> = machine.handle(input).collect();
    assert_eq!(actions, expected, "{input:?}");
}

/// Interrupts of a device behind a guest that serves each at once, counted by what the backend was asked for.
fn count(path: Path, interrupts: u8) -> Cost {
    let (mut machine, mut fake) = (Intx::new(path), Fake::<1024>::default());
    drive(&mut machine, Input::Enable, &mut fake).expect("the fake can");
    let before = fake.done;
    for _ in 0..interrupts {
        if fake.interrupt() {
            drive(&mut machine, Input::Trigger, &mut fake).expect("the fake can");
        }
        for input in [Input::Eoi, Input::Access] {
            drive(&mut machine, input, &mut fake).expect("the fake can");
        }
        drive(&mut machine, Input::Timer, &mut fake).expect("the fake can");
    }
    let actions: Vec<Action> = fake.actions().skip(before).collect();
    let each = |wanted: &[Action]| {
        let count = actions
            .iter()
            .filter(|action| wanted.contains(action))
            .count();
        u8::try_from(count / usize::from(interrupts)).expect("a few")
    };
    assert!(
        actions
            .iter()
            .all(|action| matches!(action, Assert | Deassert | Unmask | MmapOff | MmapOn))
    );
    Cost {
        writes: each(&[Assert]),
        ioctls: each(&[Unmask]),
        remaps: each(&[MmapOff, MmapOn]),
    }
}

#[test]
fn an_interrupt_costs_what_its_path_says() {
    for path in [Path::Resample, Path::Eoi, Path::BarTrap, Path::BarGuess] {
        assert_eq!(count(path, 100), path.cost(), "{path:?}");
    }
    assert_eq!(
        Path::Resample.cost(),
        Cost::default(),
        "no work for the VMM"
    );
    assert_eq!(
        Path::Eoi.cost(),
        Cost {
            writes: 1,
            ioctls: 1,
            remaps: 0
        }
    );
}

#[test]
fn an_eoi_with_the_pin_masked_unmasks_the_host_when_the_pin_is_unmasked() {
    let mut machine = enabled(Path::Eoi);
    gives(&mut machine, Input::Trigger, &[Assert]);
    gives(&mut machine, Input::Mask, &[]);
    gives(&mut machine, Input::Eoi, &[Deassert]);
    assert!(machine.held());
    gives(&mut machine, Input::Eoi, &[]);
    gives(&mut machine, Input::Unmask, &[Unmask]);
    gives(&mut machine, Input::Unmask, &[]);
    assert!(!machine.held() && !machine.pending());
}

#[test]
fn with_disintx_set_the_guest_sees_no_line_and_no_trigger_is_lost() {
    for path in [Path::Eoi, Path::BarTrap] {
        let mut machine = enabled(path);
        let _ = machine.handle(Input::Trigger);
        gives(&mut machine, Input::SetDisintx, &[Deassert]);
        gives(&mut machine, Input::Trigger, &[]);
        gives(&mut machine, Input::SetDisintx, &[]);
        gives(&mut machine, Input::ClearDisintx, &[Unmask]);
        gives(&mut machine, Input::SetDisintx, &[]);
        gives(&mut machine, Input::ClearDisintx, &[]);
    }
}

#[test]
fn an_edge_guest_gets_pulses_and_none_while_its_pin_is_masked() {
    let mut machine = enabled(Path::Eoi);
    gives(&mut machine, Input::Trigger, &[Assert]);
    gives(&mut machine, Input::Edge, &[Deassert, Unmask]);
    gives(&mut machine, Input::Trigger, &[Assert, Deassert, Unmask]);
    gives(&mut machine, Input::Mask, &[]);
    gives(&mut machine, Input::Trigger, &[]);
    gives(&mut machine, Input::Unmask, &[Unmask]);
    gives(&mut machine, Input::Level, &[]);
    gives(&mut machine, Input::Trigger, &[Assert]);
}

#[test]
fn a_spent_budget_is_said_once_and_holds_until_the_tick() {
    let mut machine = Intx::new(Path::Eoi).with_budget(2);
    let _ = machine.handle(Input::Enable);
    for _ in 0..2 {
        gives(&mut machine, Input::Tick, &[]);
        for _ in 0..2 {
            gives(&mut machine, Input::Trigger, &[Assert]);
            gives(&mut machine, Input::Eoi, &[Deassert, Unmask]);
        }
    }
    gives(&mut machine, Input::Trigger, &[Assert]);
    gives(&mut machine, Input::Eoi, &[Deassert, Throttled]);
    // A trigger that the host is made to signal by other means is shown to the guest, and not
    // repeated.
    gives(&mut machine, Input::Trigger, &[Assert]);
    gives(&mut machine, Input::Eoi, &[Deassert]);
    gives(&mut machine, Input::Tick, &[Unmask]);
    gives(&mut machine, Input::Trigger, &[Assert]);
    gives(&mut machine, Input::Eoi, &[Deassert, Unmask]); // the tick's own unmask was the first of its two
    gives(&mut machine, Input::Trigger, &[Assert]);
    gives(&mut machine, Input::Eoi, &[Deassert, Throttled]);
}

#[test]
fn a_stuck_device_costs_its_budget_a_period_and_no_more() {
    for (edge, budget) in [
        (false, 1),
        (false, 254),
        (true, 1),
        (true, 254),
        (true, 255),
    ] {
        let (mut machine, mut fake) = (
            Intx::new(Path::Eoi).with_budget(budget),
            Fake::<2048>::default(),
        );
        drive(
            &mut machine,
            if edge { Input::Edge } else { Input::Level },
            &mut fake,
        )
        .expect("the fake can");
        drive(&mut machine, Input::Enable, &mut fake).expect("the fake can");
        for period in 0..3_u32 {
            let mut interrupts = 0;
            while fake.interrupt() {
                interrupts += 1;
                drive(&mut machine, Input::Trigger, &mut fake).expect("the fake can");
                drive(&mut machine, Input::Eoi, &mut fake).expect("the fake can");
                assert!(interrupts < 1000, "it is held back");
            }
            // The first period has one more: the interrupt that needs no unmask before it.
            let first = u32::from(period == 0);
            assert_eq!(
                interrupts,
                u32::from(budget.min(254)) + first,
                "edge {edge}, budget {budget}, {period}"
            );
            drive(&mut machine, Input::Tick, &mut fake).expect("the fake can");
        }
    }
}

#[test]
fn a_stopped_guest_goes_on_where_it_was() {
    let mut machine = enabled(Path::Resample);
    gives(&mut machine, Input::Stop, &[Unwire]);
    gives(&mut machine, Input::Resume, &[Drain, Wire, Unmask]);
    let mut machine = enabled(Path::Eoi);
    gives(&mut machine, Input::Stop, &[]);
    gives(&mut machine, Input::Trigger, &[]);
    gives(&mut machine, Input::Resume, &[Unmask]);
    gives(&mut machine, Input::Trigger, &[Assert]);
    gives(&mut machine, Input::Stop, &[]);
    gives(&mut machine, Input::Resume, &[]);
    gives(&mut machine, Input::Eoi, &[Deassert, Unmask]);
    gives(&mut machine, Input::Stop, &[]);
    gives(&mut machine, Input::Reset, &[ResetDevice, Deassert]);
    assert_eq!(machine.mode(), Mode::Stopped);
}

#[test]
fn an_eventfd_that_is_replaced_is_taken_from_the_hypervisor_and_given_to_it() {
    let (detach, attach) = (Action::DetachTrigger, Action::AttachTrigger);
    for path in [Path::Resample, Path::BarGuess] {
        let mut machine = enabled(path);
        gives(
            &mut machine,
            Input::Rebind,
            &[Unwire, detach, attach, Wire, Unmask],
        );
        gives(&mut machine, Input::Stop, &[Unwire]);
        gives(&mut machine, Input::Rebind, &[detach, attach]);
        gives(&mut machine, Input::Resume, &[Drain, Wire, Unmask]);
    }
    let mut machine = enabled(Path::Eoi);
    gives(&mut machine, Input::Trigger, &[Assert]);
    gives(&mut machine, Input::Rebind, &[detach, attach, Unmask]);
    gives(&mut machine, Input::Stop, &[]);
    gives(&mut machine, Input::Rebind, &[detach, attach]);
    gives(&mut machine, Input::Resume, &[]);
    gives(&mut machine, Input::Eoi, &[Deassert, Unmask]);
    let mut off = Intx::new(Path::Resample);
    gives(&mut off, Input::Rebind, &[]);
}

#[test]
fn a_guest_that_arrives_with_its_line_up_ends_that_interrupt_here() {
    let mut there = enabled(Path::Eoi);
    let _ = there.handle(Input::Trigger);
    let _ = there.handle(Input::Stop);
    for (path, expected) in [
        (Path::Eoi, &[EnableIntx, Assert][..]),
        (Path::BarTrap, &[EnableIntx, MmapOff, Assert]),
        // The hypervisor asks the level, and its resampler lowers what was up.
        (Path::Resample, &[EnableIntx, Wire, Unmask]),
    ] {
        let mut here = Intx::new(path)
            .restore(there.bits())
            .expect("a machine gave them");
        gives(&mut here, Input::Enable, expected);
    }
}

#[test]
fn a_guest_that_is_sent_on_before_it_runs_takes_its_line_along() {
    let mut first = enabled(Path::Eoi);
    let _ = first.handle(Input::Trigger);
    let second = Intx::new(Path::Eoi)
        .restore(first.bits())
        .expect("a machine gave them");
    let mut third = Intx::new(Path::Eoi)
        .restore(second.bits())
        .expect("a machine gave them");
    gives(&mut third, Input::Enable, &[EnableIntx, Assert]);
}

#[test]
fn a_dead_line_is_set_up_anew_or_asked_again() {
    let mut machine = enabled(Path::Eoi);
    gives(
        &mut machine,
        Input::Rearm,
        &[Action::DisableIntx, Drain, EnableIntx],
    );
    let _ = machine.handle(Input::Trigger);
    gives(&mut machine, Input::Rearm, &[Deassert, Unmask]);
    let _ = machine.handle(Input::SetDisintx);
    gives(&mut machine, Input::Rearm, &[]);
    let mut machine = enabled(Path::Resample);
    let anew = [Unwire, Action::DisableIntx, Drain, EnableIntx, Wire, Unmask];
    gives(&mut machine, Input::Rearm, &anew);
}

#[test]
fn bars_that_were_taken_out_come_back_in_whatever_mode() {
    for leave in [Input::Disable, Input::ToMsi] {
        let mut machine = enabled(Path::BarTrap);
        gives(&mut machine, Input::Trigger, &[MmapOff, Assert]);
        gives(&mut machine, Input::Timer, &[]);
        let _ = machine.handle(leave);
        gives(&mut machine, Input::Timer, &[MmapOn]);
    }
}

/// A guest that gives MSI up after an attempt to set it up has failed wants INTx, and so does its VMM.
#[test]
fn intx_comes_back_after_a_failed_switch() {
    for path in [Path::Resample, Path::Eoi, Path::BarTrap, Path::BarGuess] {
        let mut machine = Intx::new(path);
        let enabled: Vec<Action> = machine.handle(Input::Enable).collect();
        let _ = machine.handle(Input::ToMsi);
        let _ = machine.fail();
        assert_eq!(machine.mode(), Mode::Off);
        assert!(machine.handle(Input::ToIntx).eq(enabled), "{path:?}");
        assert_eq!(machine.mode(), Mode::Intx);
        let _ = machine.handle(Input::ToMsi);
        assert!(
            machine
                .handle(Input::ToMsi)
                .eq([Action::DisableMsi, Action::EnableMsi]),
            "from MSI to MSI-X"
        );
        assert_eq!(Intx::saved_mode(machine.bits()), Mode::Msi);
    }
}

#[test]
fn a_budget_changes_nothing_where_the_hypervisor_drives_the_line() {
    for path in [Path::Resample, Path::BarGuess] {
        for budget in [1, 2, 254, u8::MAX] {
            assert_eq!(Intx::new(path).with_budget(budget), Intx::new(path));
        }
    }
}
