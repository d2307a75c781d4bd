//! `KVM_IRQ_LINE` through `kvm::Lines`. Without /dev/kvm the tests are reported as ignored, with the reason.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::sync::Arc;

    use eoi_forward::kvm::Lines;
    use eoi_forward::{Errno, Eventfd, Forward, Hypervisor};
    use eoi_intx::Path;
    use kvm_bindings::{KVM_IRQCHIP_IOAPIC, kvm_irqchip};
    use kvm_ioctls::{Kvm, VmFd};
    use libtest_mimic::{Completion, Failed};

    /// The levels at the pins of KVM's IO-APIC.
    fn levels(vm: &VmFd) -> u32 {
        let mut chip = kvm_irqchip {
            chip_id: KVM_IRQCHIP_IOAPIC,
            ..Default::default()
        };
        vm.get_irqchip(&mut chip).expect("it has one");
        // SAFETY: KVM filled in the IO-APIC, as the number says.
        unsafe { chip.chip.ioapic.irr }
    }

    pub fn a_pin_is_up_as_long_as_one_of_two_functions_holds_it_up() -> Result<Completion, Failed> {
        let kvm = match Kvm::new() {
            Ok(kvm) => kvm,
            Err(error) => {
                return Ok(Completion::ignored_with(format!(
                    "cannot open /dev/kvm: {error}"
                )));
            }
        };
        let vm = Arc::new(kvm.create_vm().expect("a virtual machine"));
        vm.create_irq_chip().expect("its controller");
        let lines = Lines::new(Arc::clone(&vm));
        let (mut one, mut two) = (lines.line(16), lines.line(16));
        let is_up = || levels(&vm) >> 16 & 1 == 1;
        for line in [&mut one, &mut two] {
            line.set_line(true).expect("raised");
        }
        one.set_line(false).expect("lowered");
        one.set_line(false)
            .expect("again, and it is not lowered for the other");
        assert!(is_up());
        two.route(17);
        two.set_line(false).expect("lowered where it was raised");
        assert!(!is_up());
        one.set_line(true).expect("raised");
        assert!(is_up());
        drop(one);
        assert!(!is_up(), "nobody is left to lower it");
        let device = Eventfd::new().expect("any descriptor");
        let refused = Forward::new(Path::Eoi, &device, two, ()).map(drop);
        assert_eq!(
            refused,
            Err(Errno::OPNOTSUPP),
            "KVM reports that EOI to nobody"
        );
        Ok(Completion::Completed)
    }
}

fn main() -> ExitCode {
    #[cfg(target_arch = "x86_64")]
    let tests = vec![Trial::ignorable_test(
        "a_pin_is_up_as_long_as_one_of_two_functions_holds_it_up",
        x86_64::a_pin_is_up_as_long_as_one_of_two_functions_holds_it_up,
    )];
    #[cfg(not(target_arch = "x86_64"))]
    let tests: Vec<Trial> = Vec::new();
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}
