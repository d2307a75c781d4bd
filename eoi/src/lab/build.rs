//! Kernels and modules with patches: built from Debian's source, kept in the cache, and never built twice.
//!
//! A patch to drivers/vfio/pci needs only the modules, which are built against Debian's own headers and run on Debian's
//! own kernel ([`modules()`]). A patch to anything else needs a kernel: a minimal one ([`kernel()`]). A finished build is
//! named after a hash of everything that went into it; an unfinished one has a name that ends in `.part`.

mod candidates;
mod engine;
mod io;
mod kernel;
mod kernel_tree;
mod kit;
mod make;
mod modules;
mod patch;
mod place;
mod source;
mod tree;

pub use candidates::candidate;
pub use engine::{engine, sources};
pub use kernel::{Built, kernel};
pub use kernel_tree::KernelTree;
pub use modules::modules;
pub use patch::{Patch, Reach};
pub use place::PATCHED;
