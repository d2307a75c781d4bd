//! The guest on x86-64: flat 32-bit mode without paging, local APIC, IO-APIC.
//!
//! Registers: EBX counts interrupts, EDI is how many of each cause are to be ignored, ESI how many of them are left.

use std::arch::global_asm;

use anyhow::{Context, Result};
use kvm_bindings::{kvm_dtable, kvm_regs, kvm_segment};
use kvm_ioctls::{VcpuFd, VmFd};

use super::memory::Memory;
use super::{CLEAR, DONE, GSI, READY, STATUS};

/// Where the guest's memory is.
pub(super) const RAM: u64 = 0;
/// Bytes: a page for the tables and the stack, one for the instructions.
pub(super) const RAM_SIZE: usize = 0x2000;
/// Where its function's registers are.
pub(super) const WINDOW: u64 = 0x1000_0000;

const GDT: usize = 0x0;
const IDT: usize = 0x100;
const STACK: u64 = 0x1000;
const CODE: usize = 0x1000;
const VECTOR: usize = 0x40;
const CODE_SELECTOR: u16 = 8;
const DATA_SELECTOR: u16 = 16;

// Intel SDM volume 3, table 12-1 (local APIC); 82093AA, 3.1 and 3.2 (IO-APIC).
const APIC_EOI: u64 = 0xfee0_00b0;
const APIC_SVR: u64 = 0xfee0_00f0;
const IOREGSEL: u64 = 0xfec0_0000;
const IOWIN: u64 = 0xfec0_0010;

// The handler does not return: it forgets its frame and waits anew, so that nothing here needs IRET, which not every
// nested KVM can do.
global_asm!(
    ".pushsection .rodata.eoi_guest, \"a\"",
    ".globl eoi_guest_start, eoi_guest_take, eoi_guest_end",
    ".hidden eoi_guest_start, eoi_guest_take, eoi_guest_end",
    ".code32",
    "eoi_guest_start:",
    "mov dword ptr [{svr}], 0x1ff", // enabled, spurious vector 0xff
    "mov dword ptr [{ioregsel}], {high}",
    "mov dword ptr [{iowin}], 0", // to APIC 0
    "mov dword ptr [{ioregsel}], {low}",
    "mov dword ptr [{iowin}], {entry}",
    "mov dword ptr [{ready}], 1",
    "2:",
    "sti",
    "hlt",
    "jmp 2b",
    "eoi_guest_take:",
    "mov esp, {stack}",
    "inc ebx",
    "mov eax, dword ptr [{status}]",
    "test eax, eax",
    "jz 3f",
    "sub esi, 1",
    "jnc 3f",
    "mov esi, edi",
    "mov dword ptr [{clear}], eax",
    "3:",
    "mov dword ptr [{eoi}], 0",
    "mov dword ptr [{done}], ebx",
    "jmp 2b",
    "eoi_guest_end:",
    ".code64",
    ".popsection",
    svr = const APIC_SVR,
    eoi = const APIC_EOI,
    ioregsel = const IOREGSEL,
    iowin = const IOWIN,
    low = const 0x10 + 2 * GSI,
    high = const 0x11 + 2 * GSI,
    entry = const 1 << 15 | VECTOR, // fixed, physical, level, not masked
    stack = const STACK,
    status = const WINDOW + STATUS,
    clear = const WINDOW + CLEAR,
    done = const WINDOW + DONE,
    ready = const WINDOW + READY,
);

unsafe extern "C" {
    static eoi_guest_start: u8;
    static eoi_guest_take: u8;
    static eoi_guest_end: u8;
}

/// The guest's instructions, and where in them its interrupt's handler begins.
fn instructions() -> (&'static [u8], usize) {
    let (start, take, end) = (&raw const eoi_guest_start, &raw const eoi_guest_take, &raw const eoi_guest_end);
    let size = end.addr() - start.addr();
    // SAFETY: the three are in this order in one section, with nothing but instructions between them.
    (unsafe { std::slice::from_raw_parts(start, size) }, take.addr() - start.addr())
}

/// The IO-APIC and the local APIC.
#[derive(Debug)]
pub(super) struct Chip;

impl Chip {
    /// Before the vCPU.
    pub fn new(vm: &VmFd) -> Result<Self> {
        vm.create_irq_chip().context("KVM_CREATE_IRQCHIP")?;
        Ok(Self)
    }

    pub fn name(&self) -> &'static str {
        "ioapic"
    }

    /// Fills the guest's memory, and the vCPU's registers.
    pub fn start(&mut self, _: &VmFd, vcpu: &VcpuFd, memory: &mut Memory, again: u32) -> Result<()> {
        let (code, take) = instructions();
        memory.put(CODE, code);
        // Intel SDM volume 3, 3.4.5 and 6.11: a null descriptor, flat code, flat data; a 32-bit interrupt gate.
        let gdt: [u64; 3] = [0, 0x00cf_9b00_0000_ffff, 0x00cf_9300_0000_ffff];
        memory.put(GDT, gdt.map(u64::to_le_bytes).as_flattened());
        let handler = (CODE + take) as u64;
        let gate = handler & 0xffff | u64::from(CODE_SELECTOR) << 16 | 0x8e00 << 32 | handler >> 16 << 48;
        memory.put(IDT + 8 * VECTOR, &gate.to_le_bytes());

        let flat = kvm_segment { limit: 0xffff_ffff, present: 1, db: 1, s: 1, g: 1, ..Default::default() };
        let data = kvm_segment { selector: DATA_SELECTOR, type_: 3, ..flat };
        let mut sregs = vcpu.get_sregs().context("KVM_GET_SREGS")?;
        sregs.cs = kvm_segment { selector: CODE_SELECTOR, type_: 11, ..flat };
        (sregs.ds, sregs.es, sregs.fs, sregs.gs, sregs.ss) = (data, data, data, data, data);
        sregs.gdt = kvm_dtable { base: GDT as u64, limit: 8 * 3 - 1, ..Default::default() };
        sregs.idt = kvm_dtable { base: IDT as u64, limit: 8 * (VECTOR as u16 + 1) - 1, ..Default::default() };
        sregs.cr0 = 0x11; // PE, ET
        vcpu.set_sregs(&sregs).context("KVM_SET_SREGS")?;
        let again = u64::from(again);
        let regs = kvm_regs { rip: CODE as u64, rsp: STACK, rflags: 2, rsi: again, rdi: again, ..Default::default() };
        vcpu.set_regs(&regs).context("KVM_SET_REGS")
    }
}
