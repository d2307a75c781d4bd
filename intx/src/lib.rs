//! The INTx machine of a VMM: inputs in, a bounded and ordered list of actions out.
//!
//! A VMM that hands a level-triggered PCI interrupt to a guest has to do four things in the right
//! order: show the guest an asserted line, notice that the guest is done, take the line away, and
//! tell the host that the next interrupt may come. This crate decides; the caller acts. It holds no
//! file descriptor, reads no clock, starts no thread, allocates nothing and knows neither VFIO nor
//! KVM. `eoi check` searches every interleaving with this crate as the VMM.
//!
//! ```
//! use eoi_intx::{Action, Input, Intx, Path};
//!
//! let mut intx = Intx::new(Path::Eoi);
//! assert!(intx.handle(Input::Enable).eq([Action::EnableIntx]));
//! assert!(intx.handle(Input::Trigger).eq([Action::Assert]));
//! assert!(intx.handle(Input::Eoi).eq([Action::Deassert, Action::Unmask]));
//! ```
//!
//! # How to use it
//!
//! 1. Choose the [`Path`] by the abilities of the hypervisor; [`Path::cost`] says what an interrupt
//!    costs on it: nothing with resample, one write and one ioctl without.
//! 2. Implement [`Backend`]: one system call for each [`Action`], whose documentation names it.
//! 3. Call [`drive`] with an [`Input`] for each thing that happens, under one lock. Do the actions
//!    in the machine's order, leave none out, and end one input before the next. An interrupt
//!    controller of the VMM's own has its lock inside this one: where it sees an EOI or the pin
//!    being programmed it lets go of its lock, keeps the pin in service, gives the input, and looks
//!    at the line again.
//! 4. In tests, [`fake::Fake`] is the backend: it has no hardware and refuses what vfio-pci and KVM
//!    refuse.
//!
//! ```
//! use eoi_intx::{Action, Backend, Input, Intx, Path, drive};
//!
//! struct Vfio; // the device's and the virtual machine's file descriptors
//!
//! impl Backend for Vfio {
//!     type Error = std::io::Error;
//!
//!     fn act(&mut self, action: Action) -> Result<(), Self::Error> {
//!         Ok(()) // for Action::Unmask: ioctl(device, VFIO_DEVICE_SET_IRQS, ACTION_UNMASK)
//!     }
//! }
//!
//! drive(&mut Intx::new(Path::Resample), Input::Enable, &mut Vfio)?;
//! # Ok::<(), eoi_intx::Failure<std::io::Error>>(())
//! ```
//!
//! # Actions by path
//!
//! A backend needs only the actions of the paths that it is used on.
//!
//! | action | `Resample` | `Eoi` | `BarTrap` | `BarGuess` |
//! |---|---|---|---|---|
//! | [`Action::Assert`] | | yes | yes | |
//! | [`Action::AttachTrigger`] | yes | yes | yes | yes |
//! | [`Action::Deassert`] | | yes | yes | |
//! | [`Action::DetachTrigger`] | yes | yes | yes | yes |
//! | [`Action::DisableIntx`] | yes | yes | yes | yes |
//! | [`Action::DisableMsi`] | yes | yes | yes | yes |
//! | [`Action::Drain`] | yes | yes | yes | yes |
//! | [`Action::EnableIntx`] | yes | yes | yes | yes |
//! | [`Action::EnableMsi`] | yes | yes | yes | yes |
//! | [`Action::Mask`] | yes | yes | yes | yes |
//! | [`Action::MmapOff`] | | | yes | |
//! | [`Action::MmapOn`] | | | yes | |
//! | [`Action::ResetDevice`] | yes | yes | yes | yes |
//! | [`Action::Throttled`] | | yes | yes | |
//! | [`Action::Unmask`] | yes | yes | yes | yes |
//! | [`Action::Unwire`] | yes | | | yes |
//! | [`Action::Wire`] | yes | | | yes |
//!
//! # Further inputs
//!
//! | | inputs |
//! |---|---|
//! | a guest that masks its pin, and ends the interrupt before it serves | [`Input::Mask`], [`Input::Unmask`] |
//! | a guest that sets DisINTx | [`Input::SetDisintx`], [`Input::ClearDisintx`] |
//! | a guest that programs its pin as edge | [`Input::Edge`], [`Input::Level`] |
//! | reset; MSI and back; another route; a new eventfd | [`Input::Reset`], [`Input::ToMsi`], [`Input::ToIntx`], [`Input::Route`], [`Input::Rebind`] |
//! | migration and pause | [`Input::Stop`], [`Input::Resume`], [`Intx::bits`], [`Intx::restore`] |
//! | a device that never lets go of its line | [`Intx::with_budget`], [`Input::Tick`], [`Action::Throttled`] |
//! | a line that is taken for dead | [`Input::Rearm`] |
//! | a system call that fails | [`Failure`], [`Intx::fail`] |
//!
//! **Edge**, on [`Path::Eoi`]. A guest that programs a level line as edge ends no interrupt that
//! anybody hears of. Each trigger is then a pulse, and the host is unmasked at once. No cause is
//! lost: while the device holds its line the host interrupts again. There is no pause in between:
//! the host interrupts as fast as pulses can be made until the guest has served, and the guest
//! takes interrupts that serve nothing. Only a budget bounds that.
//!
//! **A line taken for dead.** [`Input::Rearm`] sets INTx up anew; or, if the guest has the line up,
//! lowers it and unmasks. It mends a lost EOI, and a line whose controller looks at the level at
//! set-up. A controller that does not look (QEMU's IO-APIC, XIVE and PLIC) can lose a live line by
//! it: give it where the line is known to be dead.
//!
//! **The machine never masks the host.** It has no need to: the host masks itself when it
//! interrupts, a level comes again at the unmask that ends every sequence, and a trigger too many
//! costs the guest one look at the device. And masking is not safe: see [`Input::RouteMasked`], the
//! one exception.
//!
//! **With [`Path::Resample`]** the hypervisor does all of it. The machine need not know of mask,
//! edge and EOI, and a budget has nothing to hold back. To stop a storm there, give
//! [`Input::Disable`].
#![no_std]
#![forbid(unsafe_code)]

/// The example in README.md, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod action;
mod backend;
pub mod fake;
mod input;
mod machine;
mod saved;

pub use action::{Action, Actions};
pub use backend::{Backend, Failure, drive, give_up};
pub use input::{Cost, Input, Mode, Path};
pub use machine::Intx;
pub use saved::Parts;
