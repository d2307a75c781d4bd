//! The plan that `eoi lab` gives to a machine, and the lines that the machine writes on its console.
//!
//! # The plan
//!
//! [`Plan`] is a text file. Blank lines and lines that begin with `#` are ignored. The other lines are
//!
//! * `set KEY=VALUE`: `device` (the name of an emulated PCI device), `container` ([`Container`]), `wait_ms`, `idle_ms`;
//! * `functions NAME …`: functions of the kernel that are to be traced, on any number of lines;
//! * `case NAME device=KIND how=HOW trace=on|off steps=STEP,…`: a script ([`DeviceKind`], [`How`], [`Step`]);
//! * `fault NAME device=KIND what=FAULT`: something goes wrong, then five interrupts must come ([`Fault`]);
//! * `kvm NAME device=KIND rounds=N again=M`: N causes through KVM. The guest ends M interrupts of each cause before it
//!   clears the cause. One interrupt without KVM follows;
//! * `soak NAME device=KIND path=resample|eoi interrupts=N vcpus=1|2`: causes at random times until a guest has taken N
//!   interrupts. One interrupt without KVM follows.
//!
//! # The console
//!
//! Every line is `eoi-lab NUMBER CRC PAYLOAD` ([`Line`]). NUMBER counts from 0. CRC is CRC-16/CCITT-FALSE over the payload, in
//! four hexadecimal digits. A line that the kernel or the firmware wrote into does not pass, and a missing line is noticed
//! ([`Reader`]). The payload is a [`Message`].
//!
//! ```
//! use eoi_lab_protocol::{Line, Message, Plan, Reader, Said};
//!
//! let plan: Plan = "set device=edu\nset container=type1\nset wait_ms=1000\nset idle_ms=300\n\
//!     case a device=disintx how=ioctl trace=off steps=enable,raise:1,wait,clear,unmask\n".parse()?;
//! assert_eq!(plan.to_string().parse(), Ok(plan));
//!
//! let line = Line::new(0, &Message::Bye).to_string();
//! assert_eq!(line, "eoi-lab 0 b755 bye");
//! assert_eq!(Reader::default().read(&line), Said::Message(Message::Bye));
//! # Ok::<(), eoi_lab_protocol::Error>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

/// The example in README.md, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod console;
mod counts;
mod error;
mod function;
mod message;
mod pairs;
mod plan;
mod step;
mod text;
mod words;
mod work;

pub use console::{Line, Reader, Said, crc};
pub use counts::{Counts, Key};
pub use error::Error;
pub use function::{Irq, State};
pub use message::Message;
pub use plan::Plan;
pub use step::{Cause, Step};
pub use text::{Text, Word};
pub use words::{Container, DeviceKind, End, Fault, How, Outcome, SoakPath, Switch, Vcpus};
pub use work::{Case, Soak, Task, Work};
