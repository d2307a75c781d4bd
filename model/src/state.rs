//! The state of the whole system, as two integers.

use eoi_intx::Mode;

use crate::packed::{Kind, packed};
use crate::values::{Cpu, Depth, IrqType, Ownership, Phase, Stage, Thread, Unhandled};

packed! {
    /// One function and the line it is on: everything that any participant remembers about them.
    pub struct Half {
        /// The causes of the function, one bit each.
        causes / set_causes: 2,
        /// Bit 10 (DisINTx) of the Command register, as the device holds it.
        disintx / set_disintx: 1,
        /// The bits of the host's controller for this line; bit 0 is the level of the line.
        pin / set_pin: 8,
        /// Bits that the driver of the host's controller remembers about this line (XIVE:
        /// `saved_p`, `stale_p`).
        drv / set_drv: 2,
        /// `irq_desc::depth`: how often the line was disabled.
        depth / set_depth: 2 as Depth,
        /// `IRQD_IRQ_DISABLED`
        disabled / set_disabled: 1,
        /// `IRQD_IRQ_MASKED`
        masked / set_masked: 1,
        /// `IRQS_PENDING`
        pending / set_pending: 1,
        /// `IRQD_IRQ_STARTED`
        started / set_started: 1,
        /// A software resend of the interrupt is scheduled.
        resend / set_resend: 1,
        /// Unhandled interrupts in a row, while nobody but the host's interrupt context acts.
        unhandled / set_unhandled: 2 as Unhandled,
        /// The host CPU that the line is routed to.
        target / set_target: 1 as Cpu,
        /// The host CPU on which the flow handler runs, while it runs.
        flow_cpu / set_flow_cpu: 1 as Cpu,
        /// Where the flow handler is. `IRQD_IRQ_INPROGRESS` is every value but "idle" and
        /// "accepted".
        flow / set_flow: 3 as Stage,
        /// An action of this interrupt returned `IRQ_HANDLED`.
        handled / set_handled: 1,
        /// Where the thread of the interrupt is.
        thread / set_thread: 2 as Thread,
        /// `IRQTF_RUNTHREAD`: the thread was woken once more while it ran.
        thread_again / set_thread_again: 1,
        /// `SPURIOUS_DEFERRED`: the next interrupt says whether the thread handled this one.
        deferred / set_deferred: 1,
        /// `irq_desc::threads_handled` is not what the last interrupt saw.
        threads_handled / set_threads_handled: 1,
        /// The function of a host driver on the same line has a cause.
        neighbour / set_neighbour: 1,
        /// `vfio_pci_irq_ctx::masked`
        vfio_masked / set_vfio_masked: 1,
        /// The guest's own DisINTx; `vfio_pci_core_device::virq_disabled` where the VMM passes it
        /// on.
        virq_disabled / set_virq_disabled: 1,
        /// `vfio_pci_core_device::irq_type`, and for INTx whether it has a trigger.
        irq_type / set_irq_type: 2 as IrqType,
        /// The counter of the trigger eventfd is not 0.
        trigger / set_trigger: 1,
        /// The work item that signals the trigger again is queued (`vfio_send_intx_eventfd` from a
        /// virqfd).
        vfio_work / set_vfio_work: 1,
        /// The unmask ioctl still has to signal the trigger again, after it let go of `irqlock`.
        resignal / set_resignal: 1,
        /// `KVM_IRQFD` is assigned.
        wired / set_wired: 1,
        /// `irqfd_inject` is queued.
        irqfd_work / set_irqfd_work: 1,
        /// The actions that the VMM still has to do, as the machine numbers them.
        todo / set_todo: 7,
        /// Which interrupt the VMM's machine has set up.
        vmm_mode / set_vmm_mode: 2 as Mode,
        /// The VMM's machine holds the guest's line up.
        vmm_pending / set_vmm_pending: 1,
        /// The BARs are not mapped into the guest, so that its accesses trap.
        mmap_off / set_mmap_off: 1,
        /// The bits of the guest's controller for this line; bit 0 is the level of the line.
        guest_pin / set_guest_pin: 6,
        /// Where the guest's driver is.
        guest_phase / set_guest_phase: 4 as Phase,
        /// The causes that the guest's driver has read and not yet cleared, one bit each.
        snapshot / set_snapshot: 2,
        /// The VMM's machine owes the host an unmask and holds it back.
        vmm_held / set_vmm_held: 1,
        /// The guest has masked its pin at the VMM's own controller.
        vmm_masked / set_vmm_masked: 1,
        /// The guest has programmed its pin at the VMM's own controller as edge.
        vmm_edge / set_vmm_edge: 1,
        /// The VMM's machine knows that the guest has set DisINTx.
        vmm_disintx / set_vmm_disintx: 1,
        /// The rest of the VMM's budget of unmasks.
        vmm_left / set_vmm_left: 4,
        /// `IRQ_DISABLE_UNLAZY`: `irq_disable` masks at once.
        unlazy / set_unlazy: 1,
        /// How far another owner is with the line, where the scenario has one.
        second / set_second: 3 as Ownership,
        /// How far the function itself is with the line, where another one asks for it too.
        own / set_own: 3 as Ownership,
    }
}

impl Half {
    /// The fields that a line has once: they are kept in the half of the first function on it.
    pub(crate) const OF_THE_LINE: &'static [&'static str] = &[
        "pin",
        "drv",
        "depth",
        "disabled",
        "masked",
        "pending",
        "started",
        "resend",
        "unhandled",
        "target",
        "flow_cpu",
        "flow",
        "handled",
        "thread",
        "thread_again",
        "deferred",
        "threads_handled",
        "neighbour",
        "unlazy",
        "second",
    ];

    /// `vfio_pci_core_device::irq_type` is INTx.
    #[inline(always)]
    #[must_use]
    pub const fn is_intx(self) -> bool {
        matches!(self.irq_type(), IrqType::Intx | IrqType::IntxNoTrigger)
    }

    /// A flow handler runs, or the CPU has taken the interrupt for it.
    #[inline(always)]
    #[must_use]
    pub const fn in_flow_handler(self) -> bool {
        !matches!(self.flow(), Stage::Idle)
    }
}

/// One system state: the halves of both functions. The second one is 0 where the system has one
/// function.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct State {
    halves: [Half; 2],
}

impl State {
    /// The two halves.
    #[inline(always)]
    #[must_use]
    pub const fn halves(self) -> [Half; 2] {
        self.halves
    }

    /// The state that has these halves.
    #[inline(always)]
    #[must_use]
    pub const fn from_halves(halves: [Half; 2]) -> Self {
        Self { halves }
    }

    /// The bits of the state in words of 64, the lowest first.
    #[inline(always)]
    #[must_use]
    pub const fn words(self) -> [u64; 4] {
        let [Half(first), Half(second)] = self.halves;
        [
            first as u64,
            (first >> 64) as u64,
            second as u64,
            (second >> 64) as u64,
        ]
    }

    /// The state of these words. The reverse of [`State::words`].
    #[inline(always)]
    #[must_use]
    pub const fn from_words(words: [u64; 4]) -> Self {
        Self::from_halves([
            Half(words[0] as u128 | (words[1] as u128) << 64),
            Half(words[2] as u128 | (words[3] as u128) << 64),
        ])
    }
}

impl core::fmt::Debug for Half {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let fields = Self::FIELDS
            .iter()
            .map(|field| (field, field.value(self.0)))
            .filter(|&(_, value)| value != 0);
        for (index, (field, value)) in fields.enumerate() {
            let space = if index == 0 { "" } else { " " };
            match field.kind {
                Kind::Words(words) => {
                    let word = words.get(usize::from(value)).map_or("?", |word| word.name);
                    write!(f, "{space}{}={word}", field.name)?;
                }
                Kind::Flag | Kind::Number => write!(f, "{space}{}={value}", field.name)?,
            }
        }
        Ok(())
    }
}
