//! The closed sets of values that fields of the state have.

use eoi_intx::Mode;

use crate::packed::{Word, Words, words};

words! {
    /// Where the flow handler of a line is. `IRQD_IRQ_INPROGRESS` is every value but
    /// [`Stage::Idle`] and [`Stage::Accepted`].
    pub enum Stage {
        /// No flow handler runs.
        Idle = "idle",
        /// The action of the first function comes next.
        Action = "action",
        /// The handler of the first function returned `IRQ_HANDLED` and has still to signal the
        /// trigger eventfd.
        Signal = "signal",
        /// The handler of the host driver on the same line comes next.
        Neighbour = "neighbour",
        /// The actions are done, and the flow handler waits for `desc->lock`.
        Exit = "exit",
        /// The action of the second function on the line comes next.
        SecondAction = "second-action",
        /// The handler of the second function returned `IRQ_HANDLED` and has still to signal the
        /// trigger eventfd.
        SecondSignal = "second-signal",
        /// The CPU has taken the interrupt from the controller and waits for `desc->lock`.
        Accepted = "accepted",
    }
}

words! {
    /// Where the thread of an interrupt is.
    pub enum Thread {
        /// It sleeps.
        Asleep = "asleep",
        /// It was woken, and the handler comes next.
        Woken = "woken",
        /// The handler returned `IRQ_HANDLED` and has still to signal the trigger eventfd.
        Signal = "signal",
        /// `irq_finalize_oneshot` comes next.
        Finalize = "finalize",
    }
}

words! {
    /// `irq_desc::depth`.
    pub enum Depth {
        /// The line is enabled.
        Zero = "0",
        /// It was disabled once.
        One = "1",
        /// It was disabled twice.
        Two = "2",
        /// It was enabled more often than disabled ("Unbalanced enable for IRQ"), or disabled a
        /// third time. This stays.
        Unbalanced = "unbalanced",
    }
}

words! {
    /// Unhandled interrupts in a row, while nobody but the host's interrupt context acts.
    pub enum Unhandled {
        /// None.
        None = "0",
        /// One.
        One = "1",
        /// So many that the next one is too many. It stands for the kernel's 99,900.
        Limit = "limit",
        /// `IRQS_SPURIOUS_DISABLED`: the kernel has given the line up, until the next
        /// `request_irq`.
        GivenUp = "given-up",
    }
}

words! {
    /// A CPU of the host.
    pub enum Cpu {
        /// CPU 0.
        Cpu0 = "0",
        /// CPU 1.
        Cpu1 = "1",
    }
}

impl Cpu {
    /// The other CPU.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Cpu0 => Self::Cpu1,
            Self::Cpu1 => Self::Cpu0,
        }
    }
}

words! {
    /// `vfio_pci_core_device::irq_type`, and for INTx whether it has a trigger.
    pub enum IrqType {
        /// No interrupt is set up.
        None = "none",
        /// INTx.
        Intx = "intx",
        /// INTx whose `vfio_pci_irq_ctx::trigger` is NULL: the VMM has taken the eventfd away.
        IntxNoTrigger = "intx-no-trigger",
        /// MSI or MSI-X.
        Msi = "msi",
    }
}

words! {
    /// Where the guest's driver is.
    pub enum Phase {
        /// It has nothing to do.
        Idle = "idle",
        /// The vCPU took the interrupt.
        Taken = "taken",
        /// The driver has masked its pin, and the rest of the routine comes next.
        Masked = "masked",
        /// The driver has read the causes.
        Read = "read",
        /// The driver has cleared the causes that it read.
        Serviced = "serviced",
        /// The guest has written the LAPIC's EOI with broadcasts suppressed, and the pin's EOI
        /// comes next.
        LapicEoi = "lapic-eoi",
        /// The guest has written the EOI, and the controller's ack comes next.
        Ack = "ack",
        /// The controller has acked, and the resample signal comes next.
        Resample = "resample",
        /// The signal is done (or the VMM has the input), and the controller ends the interrupt
        /// next.
        Finish = "finish",
        /// The thread of a ONESHOT driver comes next.
        Thread = "thread",
        /// The driver unmasks its pin next.
        Unmask = "unmask",
        /// A write to DisINTx has set `virq_disabled` and has still to mask or unmask.
        Config = "config",
        /// The write to DisINTx is done, and the VMM has still to take note of it.
        ConfigDone = "config-done",
        /// The guest has not set up its controller yet.
        NotReady = "not-ready",
    }
}

words! {
    /// How far somebody is with the line: `vfio_intx_enable`, its error path and
    /// `vfio_intx_disable`, or a host driver's `request_irq` and `free_irq`.
    pub enum Ownership {
        /// It does not ask for the line.
        Away = "away",
        /// It sets its interrupt up, and `request_irq` comes next.
        Asking = "asking",
        /// `request_irq` returned -EBUSY, and the error path comes next.
        Refused = "refused",
        /// `request_irq` gave it the line, disabled, and `enable_irq` comes next.
        Requested = "requested",
        /// It has the line.
        Owns = "owns",
        /// `free_irq` has taken its action away and waits for the handler. It holds
        /// `desc->request_mutex`.
        Freeing = "freeing",
        /// `free_irq` has returned, and the rest of `vfio_intx_disable` comes next.
        Freed = "freed",
    }
}

impl Ownership {
    /// `desc->action` is its own.
    #[must_use]
    pub const fn has_action(self) -> bool {
        matches!(self, Self::Requested | Self::Owns)
    }

    /// A handler that runs now is its own.
    #[must_use]
    pub const fn has_handler(self) -> bool {
        self.has_action() || matches!(self, Self::Freeing)
    }
}

impl Words for Mode {
    const WORDS: &'static [Word] = &[
        Word {
            name: "off",
            about: "No interrupt is set up.",
        },
        Word {
            name: "intx",
            about: "INTx is set up.",
        },
        Word {
            name: "msi",
            about: "MSI or MSI-X is set up.",
        },
        Word {
            name: "stopped",
            about: "INTx is set up, and the guest is stopped and not interrupted.",
        },
    ];
}
