//! A text that does not belong to the grammar is refused with a sentence that quotes it.

use eoi_lab_protocol::{Cause, Container, DeviceKind, How, Message, Plan, Step, Switch, Work};

const WHOLE: &str = "# the quick set\nset device=edu\nset container=spapr\nset wait_ms=2000\nset idle_ms=300\n\n\
    functions handle_fasteoi_irq vfio_intx_handler\nfunctions enable_irq\n\
    case two-causes device=no-disintx how=eventfd trace=on steps=enable,raise:1,raise:2,wait,clear:2,unmask,wait\n\
    case race device=disintx how=ioctl trace=off steps=enable,race:100000,clear,mask,idle,disable\n";

#[test]
fn a_whole_plan_is_understood() {
    let plan: Plan = WHOLE.parse().expect("a plan");
    assert_eq!(
        (plan.device.as_str(), plan.container),
        ("edu", Container::Spapr)
    );
    assert_eq!((plan.wait_ms, plan.idle_ms), (2000, 300));
    let functions: Vec<&str> = plan
        .functions
        .iter()
        .map(eoi_lab_protocol::Word::as_str)
        .collect();
    assert_eq!(
        functions,
        ["handle_fasteoi_irq", "vfio_intx_handler", "enable_irq"]
    );
    use Step::{Clear, Enable, Raise, Unmask, Wait};
    let steps = vec![
        Enable,
        Raise(Cause::One),
        Raise(Cause::Two),
        Wait,
        Clear(Cause::Two),
        Unmask,
        Wait,
    ];
    let first = &plan.cases[0];
    assert_eq!(
        (first.name.as_str(), first.device),
        ("two-causes", DeviceKind::NoDisintx)
    );
    assert_eq!(
        first.work,
        Work::Script {
            how: How::Eventfd,
            trace: Switch::On,
            steps
        }
    );
    assert!(plan.cases.len() == 2 && !plan.needs_kvm());
    let more = format!("{WHOLE}soak b device=disintx path=eoi interrupts=100000 vcpus=2\n");
    assert!(more.parse::<Plan>().expect("a plan").needs_kvm());
}

#[test]
fn a_line_that_is_not_understood_is_named() {
    let bad = |line: &str, says: &str| {
        let error = format!("set device=edu\n{line}\n")
            .parse::<Plan>()
            .expect_err(line)
            .to_string();
        assert!(error.contains(says), "{line}: {error}");
    };
    bad("cases x", "line 2: 'cases' is none of");
    bad(
        "set device=e1000",
        "'set device=e1000' sets it for the second time",
    );
    bad("set wait_ms=1s", "'1s' is no number of milliseconds");
    bad("set wait_ms=-1", "'-1' is no number");
    bad("set colour=red", "'set colour=red' is no setting");
    bad(
        "set container=iommufd",
        "no container; there are type1, spapr, noiommu",
    );
    bad("case", "this case has no name");
    bad("case a", "there is no device=");
    bad(
        "case a device=disintx how=ioctl trace=on",
        "there is no steps=",
    );
    bad("case a device=both", "'both' is no kind of device");
    bad(
        "case a device=disintx device=disintx",
        "'device=' is there twice",
    );
    bad(
        "case a device=disintx how=poll",
        "'poll' is no way to unmask",
    );
    bad(
        "case a device=disintx how=ioctl trace=on steps=wait colour=red",
        "'colour=red' is not understood here",
    );
    bad("case a device", "'device' is not KEY=VALUE");
    bad(
        "kvm a device=disintx rounds=0 again=1",
        "'0' is no number of rounds",
    );
    bad("kvm a device=disintx rounds=1", "there is no again=");
    bad("fault a device=disintx what=fire", "'fire' is no fault");
    bad("soak a device=disintx path=irqfd", "'irqfd' is no path");
    bad(
        "soak a device=disintx path=eoi interrupts=5 vcpus=3",
        "'3' is no number of vCPUs",
    );
    for step in [
        "raise:3", "raise:0", "raise", "race:0", "wait:1", "enable,", "clear:x", "",
    ] {
        bad(
            &format!("case a device=disintx how=ioctl trace=on steps={step}"),
            "' is no ",
        );
    }
    bad("# nothing", "the plan has no line 'set container=NAME'");
}

#[test]
fn a_message_that_is_not_whole_is_refused() {
    for (payload, says) in [
        ("hello linux=6.12", "there is no cpus="),
        ("hello linux=6.12 cpus=two", "'two' is no number of CPUs"),
        ("step 1 wait perhaps us=5", "'perhaps' is no outcome"),
        ("step 1 wait", "a step has a number, a task and an outcome"),
        ("step 1 raise ok us=5", "'raise' is no step"),
        ("step 1 wait got us=5 us=5", "'us=' is there twice"),
        ("step 1 wait got colour=red", "'colour' is no key"),
        ("irq 9 hwirq=3", "there is no chip="),
        ("count signals=x proc=1", "'x' is no number of signals"),
        ("state status=1 intx=1 disintx=0 proc=1", "'1' has no 0x"),
        ("state status=0x1 intx=2 disintx=0 proc=1", "'2' is no bit"),
        ("capture 0", "is not bytes"),
        ("capture 0g", "is not bytes"),
        (
            "device 0000:01:00.0 12345:11e8 container=type1",
            "'12345' is no PCI ID",
        ),
        (
            "functions set=3 missing=2 one",
            "2 functions are said to be missing, and 1 are named",
        ),
        ("end x perhaps", "'perhaps' is no end of a case"),
        ("bye bye", "'bye' begins no message"),
        ("", "'' begins no message"),
    ] {
        let error = payload.parse::<Message>().expect_err(payload).to_string();
        assert!(error.contains(says), "{payload}: {error}");
    }
}
