//! The inputs of the machine, the paths, and the cost of an interrupt on each path.

/// How the VMM learns that the guest is done with an interrupt. It is chosen once, from what the
/// hypervisor can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The hypervisor injects, and signals a resample eventfd at the guest's EOI
    /// (`KVM_IRQFD_FLAG_RESAMPLE`): no work for the VMM per interrupt. Only where the guest's
    /// in-kernel controller reports its EOIs.
    Resample,
    /// The VMM's own interrupt controller reports the guest's EOI as [`Input::Eoi`]: a split
    /// irqchip, another hypervisor, or an EOI that the guest writes to the pin itself (directed
    /// EOI).
    Eoi,
    /// Nobody reports the EOI. The BARs are taken out of the guest's map while an interrupt is
    /// pending, and every access to them counts as EOI (QEMU, `hw/vfio/pci.c`).
    BarTrap,
    /// Nobody reports the EOI, the hypervisor injects a pulse, and the host is unmasked after every
    /// access that happens to be seen (cloud-hypervisor, `pci/src/vfio.rs`). A device that the
    /// guest serves without such an access stalls.
    BarGuess,
}

/// System calls, beside the read by which the VMM's event loop learned of a trigger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Writes that show the guest its line. Lowering it tells nobody where the controller is the
    /// VMM's own; where the line is raised and lowered by `KVM_IRQ_LINE`, it is two ioctls instead.
    pub writes: u8,
    /// Ioctls that unmask the host interrupt. Where the VMM gave vfio-pci an unmask eventfd, it is
    /// a write instead.
    pub ioctls: u8,
    /// Changes of the guest's memory map, at most: none while interrupts follow each other faster
    /// than the timer.
    pub remaps: u8,
}

impl Path {
    /// The cost of one interrupt from trigger to unmask; for [`Path::BarGuess`], the cost of one
    /// access.
    #[must_use]
    pub const fn cost(self) -> Cost {
        match self {
            Self::Resample => Cost {
                writes: 0,
                ioctls: 0,
                remaps: 0,
            },
            Self::Eoi => Cost {
                writes: 1,
                ioctls: 1,
                remaps: 0,
            },
            Self::BarTrap => Cost {
                writes: 1,
                ioctls: 1,
                remaps: 2,
            },
            Self::BarGuess => Cost {
                writes: 0,
                ioctls: 1,
                remaps: 0,
            },
        }
    }

    /// The hypervisor hears the trigger, and the VMM keeps nothing per interrupt.
    pub(crate) const fn is_wired(self) -> bool {
        matches!(self, Self::Resample | Self::BarGuess)
    }
}

/// Declares the inputs, and all of them.
macro_rules! inputs {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// Something that happens to the function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Input {
            $($(#[$doc])+ $name,)+
        }

        impl Input {
            /// Every input.
            pub const ALL: [Self; [$(Self::$name),+].len()] = [$(Self::$name),+];
        }
    };
}

inputs! {
    /// Set up INTx.
    Enable,
    /// Tear down whatever mode is set up.
    Disable,
    /// The trigger eventfd was signalled. Wait for it, lock, then read it: a signal that is read
    /// before the lock is taken may be of an interrupt that is torn down by now.
    Trigger,
    /// The VMM's own controller saw the guest's EOI of this line. Give it before the controller
    /// looks at the line again.
    Eoi,
    /// The guest accessed a BAR and the VMM saw it; the access itself has been done.
    Access,
    /// The timer that [`Action::MmapOff`](crate::Action::MmapOff) started has run out. It goes on
    /// until [`Action::MmapOn`](crate::Action::MmapOn) is asked for, as it is not while an
    /// interrupt is pending.
    Timer,
    /// The guest's line is routed elsewhere; the controller already knows. The machine forgets
    /// whether the old pin was masked: give [`Input::Mask`], [`Input::Edge`] or [`Input::Level`]
    /// afterwards, to say how the new pin is.
    Route,
    /// The guest's line is routed elsewhere, and the VMM masks the host meanwhile, as QEMU does
    /// (`vfio_intx_update`). It is not needed, and not safe for a device without DisINTx: where
    /// vfio-pci's mask meets its own handler, the line is disabled twice and stays dead (5.10 to
    /// 7.3). It is here so that `eoi check` can compare the two.
    RouteMasked,
    /// The guest, or only the function, is reset. INTx or MSI stays set up.
    Reset,
    /// The trigger eventfd is to be replaced by a new one. Where INTx is not set up, no action is
    /// needed for it.
    Rebind,
    /// The guest switches the function to MSI or MSI-X, or from one to the other. A stopped
    /// function goes there at once.
    ToMsi,
    /// The guest switches the function back to INTx. After an attempt to set MSI up that failed, it
    /// does the same as [`Input::Enable`].
    ToIntx,
    /// The guest masked its pin at the VMM's own controller.
    Mask,
    /// The guest unmasked its pin there.
    Unmask,
    /// The guest set DisINTx. Give it before or after the VMM passes the write on to vfio-pci,
    /// which masks by itself. On [`Path::Eoi`] and [`Path::BarTrap`] the VMM may also keep the bit
    /// to itself. For a device without DisINTx that is the better way, because vfio-pci's mask can
    /// lose its line.
    SetDisintx,
    /// The guest cleared DisINTx. [`Input::SetDisintx`] says when to give it.
    ClearDisintx,
    /// The guest programmed its pin at the VMM's own controller as edge, so that no EOI will be
    /// reported.
    Edge,
    /// The guest programmed its pin as level. This is what a new machine assumes.
    Level,
    /// The vCPUs are stopped, to migrate or to pause. The device may still run: its interrupt stays
    /// set up, and comes once at most, because it masks itself.
    Stop,
    /// The vCPUs are about to run again.
    Resume,
    /// The caller takes the line for dead: a watchdog, or an operator.
    Rearm,
    /// The budget's period is over ([`Intx::with_budget`](crate::Intx::with_budget)).
    Tick,
}

/// The kind of interrupt that is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// None.
    #[default]
    Off,
    /// INTx.
    Intx,
    /// MSI or MSI-X; the machine only keeps the change in order.
    Msi,
    /// INTx is set up, and the guest is stopped and not interrupted.
    Stopped,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 4] = [Self::Off, Self::Intx, Self::Msi, Self::Stopped];
}
