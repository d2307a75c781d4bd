//! vfio-pci's INTx: drivers/vfio/pci/vfio_pci_intrs.c and vfio_pci_config.c (6.12; the same logic
//! from 5.10 to 7.3).
//!
//! Locks, outermost first: `igate` (the SET_IRQS ioctl and the config writes), `irqlock`
//! (everything on `ctx`), then genirq's `desc->lock`. A function here is one critical section under
//! `irqlock`, so that it is one step.

pub mod config;
pub mod handler;
pub mod ioctl;
pub(crate) mod owners;
pub(crate) mod refused;
