//! The guest on x86-64: flat 32-bit mode without paging, local APIC, IO-APIC.
//!
//! Registers: EBX counts interrupts, EDI is how many of each cause are to be ignored, ESI how many of them are left, EDX
//! what is done before the EOI ([`BeforeEnd`](super::setup::BeforeEnd)), ECX the other CPU as the IO-APIC names it, EBP the stack.

use std::arch::global_asm;
use std::sync::Arc;

use anyhow::{Context, Result};
use kvm_bindings::{KVM_MP_STATE_RUNNABLE, kvm_dtable, kvm_mp_state, kvm_regs, kvm_segment};
use kvm_ioctls::{VcpuFd, VmFd};

use super::ioapic::BASE as IOREGSEL;
use super::memory::Memory;
use super::own_ioapic::Own;
use super::registers::{CLEAR, DONE, GSI, READY, STATUS};
use super::setup::{Controller, Setup};

/// Where the guest's memory is.
pub(super) const RAM: u64 = 0;
/// Bytes: a page for the tables and the stacks, one for the instructions.
pub(super) const RAM_SIZE: usize = 0x2000;
/// Where its function's registers are.
pub(super) const WINDOW: u64 = 0x1000_0000;

const GDT: usize = 0x0;
const IDT: usize = 0x100;
/// The first CPU's stack; the other's is below it.
const STACK: u64 = 0x1000;
const STACK_SIZE: u64 = 0x200;
const CODE: usize = 0x1000;
const VECTOR: usize = 0x40;
const CODE_SELECTOR: u16 = 8;
const DATA_SELECTOR: u16 = 16;

// Intel SDM volume 3, table 12-1 (local APIC); 82093AA, 3.1 and 3.2 (IO-APIC).
const APIC_EOI: u64 = 0xfee0_00b0;
const APIC_SVR: u64 = 0xfee0_00f0;
const IOWIN: u64 = IOREGSEL + 0x10;

// The handler does not return: it forgets its frame and waits anew, so that nothing here needs IRET, which not every
// nested KVM can do.
global_asm!(
    ".pushsection .rodata.eoi_guest, \"a\"",
    ".globl eoi_guest, eoi_guest_join, eoi_guest_take, eoi_guest_end",
    ".hidden eoi_guest, eoi_guest_join, eoi_guest_take, eoi_guest_end",
    ".code32",
    "eoi_guest:",
    "mov dword ptr [{ioregsel}], {high}",
    "mov dword ptr [{iowin}], 0", // to APIC 0
    "mov dword ptr [{ioregsel}], {low}",
    "mov dword ptr [{iowin}], {entry}",
    "eoi_guest_join:",
    "mov dword ptr [{svr}], 0x1ff", // enabled, spurious vector 0xff
    "mov dword ptr [{ready}], 1",
    "2:",
    "sti",
    "hlt",
    "jmp 2b",
    "eoi_guest_take:",
    "mov esp, ebp",
    "inc ebx",
    "mov eax, dword ptr [{status}]",
    "test eax, eax",
    "jz 3f",
    "sub esi, 1",
    "jnc 3f",
    "mov esi, edi",
    "mov dword ptr [{clear}], eax",
    "3:",
    "cmp edx, 1",
    "jb 4f",
    "ja 5f",
    "mov dword ptr [{ioregsel}], {high}",
    "mov dword ptr [{iowin}], ecx",
    "4:",
    "mov dword ptr [{eoi}], 0",
    "5:",
    "mov dword ptr [{done}], ebx",
    "jmp 2b",
    "eoi_guest_end:",
    ".org eoi_guest + {size}", // or it is not assembled
    ".code64",
    ".popsection",
    size = const CODE_SIZE,
    svr = const APIC_SVR,
    eoi = const APIC_EOI,
    ioregsel = const IOREGSEL,
    iowin = const IOWIN,
    low = const 0x10 + 2 * GSI,
    high = const 0x11 + 2 * GSI,
    entry = const 1 << 15 | VECTOR, // fixed, physical, level, not masked
    status = const WINDOW + STATUS,
    clear = const WINDOW + CLEAR,
    done = const WINDOW + DONE,
    ready = const WINDOW + READY,
);

/// Bytes of the instructions, with the zeros behind them.
const CODE_SIZE: usize = 0x200;

// SAFETY: the assembly above defines the four. `eoi_guest` has `CODE_SIZE` bytes, which nobody writes. The others are labels in it,
// of which only the address is used.
unsafe extern "C" {
    safe static eoi_guest: [u8; CODE_SIZE];
    safe static eoi_guest_join: [u8; 0];
    safe static eoi_guest_take: [u8; 0];
    safe static eoi_guest_end: [u8; 0];
}

/// The place of a label in the instructions.
fn offset(label: &[u8; 0]) -> usize {
    label.as_ptr().addr() - eoi_guest.as_ptr().addr()
}

/// The guest's instructions.
fn code() -> &'static [u8] {
    &eoi_guest[..offset(&eoi_guest_end)]
}

/// Where the CPU is.
pub(super) fn program_counter(vcpu: &VcpuFd) -> Result<u64> {
    Ok(vcpu.get_regs().context("KVM_GET_REGS")?.rip)
}

/// Whether that is one of the guest's instructions.
pub(super) fn is_instruction(at: u64) -> bool {
    (CODE as u64..(CODE + code().len()) as u64).contains(&at)
}

/// The IO-APIC: KVM's, or the VMM's. The local APICs are KVM's.
#[derive(Debug)]
pub(super) struct Chip(Option<Arc<Own>>);

impl Chip {
    /// Before the vCPUs.
    pub fn new(vm: &Arc<VmFd>, setup: &Setup) -> Result<Self> {
        if setup.controller == Controller::Own {
            let own =
                Own::new(Arc::clone(vm)).context("KVM_ENABLE_CAP of KVM_CAP_SPLIT_IRQCHIP")?;
            return Ok(Self(Some(Arc::new(own))));
        }
        vm.create_irq_chip().context("KVM_CREATE_IRQCHIP")?;
        Ok(Self(None))
    }

    pub fn name(&self) -> &'static str {
        if self.0.is_some() {
            "own-ioapic"
        } else {
            "ioapic"
        }
    }

    pub fn own(&self) -> Option<&Arc<Own>> {
        self.0.as_ref()
    }

    /// A register outside the window, if there is one.
    pub fn read(&self, _: u8, at: u64) -> Result<Option<u32>> {
        Ok(self.0.as_ref().and_then(|own| own.read(at)))
    }

    /// Writes a register outside the window; whether there is one. None of them is an EOI.
    pub fn write(
        &self,
        _: u8,
        at: u64,
        value: u32,
        _: impl FnOnce() -> rustix::io::Result<()>,
    ) -> Result<bool> {
        self.0
            .as_ref()
            .map_or(Ok(false), |own| own.write(at, value))
            .context("the IO-APIC")
    }

    /// A local APIC ended a level-triggered vector.
    pub fn end(&self, vector: u8, eoi: impl FnOnce() -> rustix::io::Result<()>) -> Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |own| own.end(vector, eoi))
            .context("the IO-APIC")
    }

    /// Fills the guest's memory, and the vCPUs' registers.
    pub fn start(
        &mut self,
        _: &VmFd,
        vcpus: &[VcpuFd],
        memory: &mut Memory,
        setup: &Setup,
    ) -> Result<()> {
        let (join, take) = (offset(&eoi_guest_join), offset(&eoi_guest_take));
        memory.put(CODE, code());
        // Intel SDM volume 3, 3.4.5 and 6.11: a null descriptor, flat code, flat data; a 32-bit interrupt gate.
        let gdt: [u64; 3] = [0, 0x00cf_9b00_0000_ffff, 0x00cf_9300_0000_ffff];
        memory.put(GDT, gdt.map(u64::to_le_bytes).as_flattened());
        let handler = (CODE + take) as u64;
        let gate =
            handler & 0xffff | u64::from(CODE_SELECTOR) << 16 | 0x8e00 << 32 | handler >> 16 << 48;
        memory.put(IDT + 8 * VECTOR, &gate.to_le_bytes());
        for (vcpu, number) in vcpus.iter().zip(0u64..) {
            let again = u64::from(setup.again);
            let (entry, stack) = if number == 0 {
                (CODE, STACK)
            } else {
                (CODE + join, STACK - STACK_SIZE)
            };
            let regs = kvm_regs {
                rip: entry as u64,
                rsp: stack,
                rbp: stack,
                rflags: 2,
                rsi: again,
                rdi: again,
                rcx: (number ^ 1) << 24,
                rdx: setup.before_end() as u64,
                ..Default::default()
            };
            start_one(vcpu, &regs)?;
        }
        Ok(())
    }
}

/// In flat protected mode, and without waiting for another CPU's SIPI.
fn start_one(vcpu: &VcpuFd, regs: &kvm_regs) -> Result<()> {
    let flat = kvm_segment {
        limit: 0xffff_ffff,
        present: 1,
        db: 1,
        s: 1,
        g: 1,
        ..Default::default()
    };
    let data = kvm_segment {
        selector: DATA_SELECTOR,
        type_: 3,
        ..flat
    };
    let mut sregs = vcpu.get_sregs().context("KVM_GET_SREGS")?;
    sregs.cs = kvm_segment {
        selector: CODE_SELECTOR,
        type_: 11,
        ..flat
    };
    (sregs.ds, sregs.es, sregs.fs, sregs.gs, sregs.ss) = (data, data, data, data, data);
    sregs.gdt = kvm_dtable {
        base: GDT as u64,
        limit: 8 * 3 - 1,
        ..Default::default()
    };
    sregs.idt = kvm_dtable {
        base: IDT as u64,
        limit: 8 * (VECTOR as u16 + 1) - 1,
        ..Default::default()
    };
    sregs.cr0 = 0x11; // PE, ET
    vcpu.set_sregs(&sregs).context("KVM_SET_SREGS")?;
    vcpu.set_mp_state(kvm_mp_state {
        mp_state: KVM_MP_STATE_RUNNABLE,
    })
    .context("KVM_SET_MP_STATE")?;
    vcpu.set_regs(regs).context("KVM_SET_REGS")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Intel SDM volume 2: STI is FB, HLT is F4, JMP rel8 is EB, INC EBX is 43.
    #[test]
    fn the_labels_stand_where_the_instructions_are() {
        let (join, take, end) = (
            offset(&eoi_guest_join),
            offset(&eoi_guest_take),
            code().len(),
        );
        assert!(
            0 < join && join < take && take < end && end <= CODE_SIZE,
            "{join} {take} {end}"
        );
        assert_eq!(
            code()[take - 4..take - 1],
            [0xfb, 0xf4, 0xeb],
            "a CPU that joins comes to wait"
        );
        assert_eq!(
            code()[take + 2],
            0x43,
            "a CPU that takes an interrupt counts it"
        );
        assert_eq!(code()[end - 2], 0xeb, "and waits again");
        assert!(is_instruction(CODE as u64) && !is_instruction((CODE + end) as u64));
    }
}
