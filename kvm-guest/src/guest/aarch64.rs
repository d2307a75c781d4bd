//! The guest on arm64: EL1 without MMU, and the GICv3 or GICv2 that the host's can lend, or a GICv2 of the VMM's own.
//!
//! Registers: x19 is the function, x20 how many interrupts of each cause are to be ignored, x21 how many of them are
//! left, x22 counts interrupts, x23 is a GICv2's CPU interface and 0 on a GICv3, x24 the other CPU as the distributor
//! names it, x25 what is done before the EOI ([`BeforeEnd`](super::setup::BeforeEnd)).

use std::arch::global_asm;
use std::mem::offset_of;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use kvm_bindings::{
    KVM_DEV_ARM_VGIC_CTRL_INIT, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_DEV_ARM_VGIC_GRP_CTRL,
    KVM_REG_ARM_CORE, KVM_REG_ARM64, KVM_REG_SIZE_U64, KVM_VGIC_V2_ADDR_TYPE_CPU,
    KVM_VGIC_V2_ADDR_TYPE_DIST, KVM_VGIC_V3_ADDR_TYPE_DIST, KVM_VGIC_V3_ADDR_TYPE_REDIST,
    kvm_create_device, kvm_device_attr, kvm_device_type_KVM_DEV_TYPE_ARM_VGIC_V2,
    kvm_device_type_KVM_DEV_TYPE_ARM_VGIC_V3, kvm_regs, kvm_vcpu_init, user_pt_regs,
};
use kvm_ioctls::{DeviceFd, VcpuFd, VmFd};

use super::gicv2::{GICC, GICD};
use super::memory::Memory;
use super::own_gicv2::Own;
use super::registers::{CLEAR, DONE, GSI, LOST, READY, STATUS};
use super::setup::{Controller, Setup};

/// Where the guest's memory is.
pub(super) const RAM: u64 = 0x4000_0000;
/// Bytes: the instructions. The largest page of a host, so that it is whole pages on all of them.
pub(super) const RAM_SIZE: usize = 0x1_0000;
/// Where its function's registers are.
pub(super) const WINDOW: u64 = 0x0900_0000;

const GICR: u64 = 0x080a_0000;
const INTID: u32 = 32 + GSI;

// Arm IHI 0069 (GICv3) 12.9 and IHI 0048 (GICv2) 4.3 and 4.4. KVM's SPIs are edge-triggered after reset
// (`kvm_vgic_dist_init`), so GICD_ICFGR has to be written. Its redistributors never sleep (GICR_WAKER reads as zero).
// The first 2 KiB are the exception vectors.
global_asm!(
    ".pushsection .rodata.eoi_guest, \"a\"",
    ".globl eoi_guest, eoi_guest_enter, eoi_guest_join, eoi_guest_end",
    ".hidden eoi_guest, eoi_guest_enter, eoi_guest_join, eoi_guest_end",
    ".balign 2048",
    "eoi_guest:",
    ".rept 5",
    "b 9f",
    ".balign 128",
    ".endr",
    "b 3f", // IRQ from the current exception level with SP_ELx
    ".balign 128",
    ".rept 10",
    "b 9f",
    ".balign 128",
    ".endr",
    "eoi_guest_enter:",
    "mov x1, {gicd}",
    "str wzr, [x1, {icfgr}]", // level, as its neighbours
    "mov w2, 0xa0",
    "strb w2, [x1, {ipriorityr}]",
    "mov w2, {bit}",
    "cbnz x23, 1f",
    "str w2, [x1, {igroupr}]",
    "str xzr, [x1, {irouter}]", // to the CPU of affinity 0
    "str w2, [x1, {isenabler}]",
    "mov w2, 0x12", // ARE, EnableGrp1
    "str w2, [x1]",
    "b eoi_guest_join",
    "1:",
    "mov w3, 1",
    "strb w3, [x1, {itargetsr}]",
    "str w2, [x1, {isenabler}]",
    "str w3, [x1]",
    "eoi_guest_join:",
    "adr x1, eoi_guest",
    "msr vbar_el1, x1",
    "mov x2, 1",
    "mov w3, 0xf0",
    "cbnz x23, 1f",
    "msr S3_0_C12_C12_5, x2", // ICC_SRE_EL1
    "isb",
    "msr S3_0_C4_C6_0, x3", // ICC_PMR_EL1
    "msr S3_0_C12_C12_7, x2", // ICC_IGRPEN1_EL1
    "isb",
    "b 2f",
    "1:",
    "str w3, [x23, 0x4]", // GICC_PMR
    "str w2, [x23]",      // GICC_CTLR
    "2:",
    "str wzr, [x19, {ready}]",
    "msr daifclr, 2",
    "0:",
    "wfi",
    "b 0b",
    // The interrupt.
    "3:",
    "cbnz x23, 4f",
    "mrs x1, S3_0_C12_C12_0", // ICC_IAR1_EL1
    "b 5f",
    "4:",
    "ldr w1, [x23, 0xc]", // GICC_IAR
    "5:",
    "cmp w1, 1023", // the level fell before it could be taken
    "b.eq 2f",
    "cmp w1, {intid}",
    "b.ne 9f",
    "add w22, w22, 1",
    "ldr w2, [x19, {status}]",
    "cbz w2, 6f",
    "subs w21, w21, 1",
    "b.hs 6f",
    "mov w21, w20",
    "str w2, [x19, {clear}]",
    "dsb sy",
    "6:",
    "cmp x25, 1",
    "b.lo 8f",
    "b.hi 1f",
    "mov x3, {gicd}",
    "cbnz x23, 7f",
    "str x24, [x3, {irouter}]",
    "b 8f",
    "7:",
    "strb w24, [x3, {itargetsr}]",
    "8:",
    "cbnz x23, 7f",
    "msr S3_0_C12_C12_1, x1", // ICC_EOIR1_EL1
    "isb",
    "b 1f",
    "7:",
    "str w1, [x23, 0x10]", // GICC_EOIR
    "1:",
    "str w22, [x19, {done}]",
    "2:",
    "eret",
    "9:",
    "mrs x1, esr_el1",
    "str w1, [x19, {lost}]",
    "b 9b",
    "eoi_guest_end:",
    ".org eoi_guest + {size}", // or it is not assembled
    ".popsection",
    size = const CODE_SIZE,
    gicd = const GICD,
    igroupr = const 0x80 + INTID / 32 * 4,
    isenabler = const 0x100 + INTID / 32 * 4,
    ipriorityr = const 0x400 + INTID,
    itargetsr = const 0x800 + INTID,
    icfgr = const 0xc00 + INTID / 16 * 4,
    irouter = const 0x6000 + INTID * 8,
    bit = const 1 << (INTID % 32),
    intid = const INTID,
    status = const STATUS,
    clear = const CLEAR,
    done = const DONE,
    ready = const READY,
    lost = const LOST,
);

/// Bytes of the vectors and instructions, with the zeros behind them.
const CODE_SIZE: usize = 0x1000;

// SAFETY: the assembly above defines the four. `eoi_guest` has `CODE_SIZE` bytes, which nobody writes. The others are labels in it,
// of which only the address is used.
unsafe extern "C" {
    safe static eoi_guest: [u8; CODE_SIZE];
    safe static eoi_guest_enter: [u8; 0];
    safe static eoi_guest_join: [u8; 0];
    safe static eoi_guest_end: [u8; 0];
}

/// The place of a label in the instructions.
fn offset(label: &[u8; 0]) -> usize {
    label.as_ptr().addr() - eoi_guest.as_ptr().addr()
}

/// The guest's vectors and instructions.
fn code() -> &'static [u8] {
    &eoi_guest[..offset(&eoi_guest_end)]
}

/// The number by which KVM knows a register of `kvm_regs`.
const fn register(offset: usize) -> u64 {
    KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE as u64 | offset as u64 / 4
}

const PC: u64 = register(offset_of!(kvm_regs, regs) + offset_of!(user_pt_regs, pc));

const fn general(index: usize) -> u64 {
    register(offset_of!(kvm_regs, regs) + offset_of!(user_pt_regs, regs) + 8 * index)
}

/// Where the CPU is.
pub(super) fn program_counter(vcpu: &VcpuFd) -> Result<u64> {
    let mut bytes = [0; 8];
    vcpu.get_one_reg(PC, &mut bytes)
        .context("KVM_GET_ONE_REG of the PC")?;
    Ok(u64::from_le_bytes(bytes))
}

/// Whether that is one of the guest's instructions.
pub(super) fn is_instruction(at: u64) -> bool {
    (RAM..RAM + code().len() as u64).contains(&at)
}

/// The GIC.
#[derive(Debug)]
pub(super) enum Chip {
    V3(DeviceFd),
    V2(DeviceFd),
    Own(Arc<Own>),
}

impl Chip {
    /// Before the vCPUs.
    pub fn new(vm: &Arc<VmFd>, setup: &Setup) -> Result<Self> {
        if setup.controller == Controller::Own {
            return Ok(Self::Own(Arc::new(Own::new(Arc::clone(vm), setup.vcpus))));
        }
        let create = |type_| {
            vm.create_device(&mut kvm_create_device {
                type_,
                fd: 0,
                flags: 0,
            })
        };
        if let Ok(vgic) = create(kvm_device_type_KVM_DEV_TYPE_ARM_VGIC_V3) {
            place(&vgic, KVM_VGIC_V3_ADDR_TYPE_DIST, GICD)?;
            place(&vgic, KVM_VGIC_V3_ADDR_TYPE_REDIST, GICR)?;
            return Ok(Self::V3(vgic));
        }
        let vgic = create(kvm_device_type_KVM_DEV_TYPE_ARM_VGIC_V2);
        let vgic = vgic.context("KVM_CREATE_DEVICE offers neither vGICv3 nor vGICv2")?;
        place(&vgic, KVM_VGIC_V2_ADDR_TYPE_DIST, GICD)?;
        place(&vgic, KVM_VGIC_V2_ADDR_TYPE_CPU, GICC)?;
        Ok(Self::V2(vgic))
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::V3(_) => "vgic-v3",
            Self::V2(_) => "vgic-v2",
            Self::Own(_) => "own-gicv2",
        }
    }

    pub fn own(&self) -> Option<&Arc<Own>> {
        if let Self::Own(own) = self {
            Some(own)
        } else {
            None
        }
    }

    /// A register outside the window, if there is one.
    pub fn read(&self, cpu: u8, at: u64) -> Result<Option<u32>> {
        self.own()
            .map_or(Ok(None), |own| own.read(cpu, at))
            .context("the GIC")
    }

    /// Writes a register outside the window; whether there is one.
    pub fn write(
        &self,
        cpu: u8,
        at: u64,
        value: u32,
        eoi: impl FnOnce() -> rustix::io::Result<()>,
    ) -> Result<bool> {
        self.own()
            .map_or(Ok(false), |own| own.write(cpu, at, value, eoi))
            .context("the GIC")
    }

    /// KVM has no local APIC here that would say so.
    pub fn end(&self, vector: u8, _: impl FnOnce() -> rustix::io::Result<()>) -> Result<()> {
        bail!("no CPU has a vector {vector} to end")
    }

    /// Fills the guest's memory, and the vCPUs' registers.
    pub fn start(
        &mut self,
        vm: &VmFd,
        vcpus: &[VcpuFd],
        memory: &mut Memory,
        setup: &Setup,
    ) -> Result<()> {
        if let Self::V3(vgic) | Self::V2(vgic) = self {
            set(
                vgic,
                KVM_DEV_ARM_VGIC_GRP_CTRL,
                KVM_DEV_ARM_VGIC_CTRL_INIT,
                None,
            )
            .context("KVM_DEV_ARM_VGIC_CTRL_INIT")?;
        }
        let is_v3 = matches!(self, Self::V3(_));
        let begins = [offset(&eoi_guest_enter), offset(&eoi_guest_join)].map(|begin| begin as u64);
        memory.put(0, code());
        let mut init = kvm_vcpu_init::default();
        vm.get_preferred_target(&mut init)
            .context("KVM_ARM_PREFERRED_TARGET")?;
        for ((vcpu, begin), number) in vcpus.iter().zip(begins).zip(0u64..) {
            vcpu.vcpu_init(&init).context("KVM_ARM_VCPU_INIT")?;
            let other = number ^ 1;
            let registers = [
                (PC, RAM + begin),
                (general(19), WINDOW),
                (general(20), u64::from(setup.again)),
                (general(21), u64::from(setup.again)),
                (general(22), 0),
                (general(23), if is_v3 { 0 } else { GICC }),
                (general(24), if is_v3 { other } else { 1 << other }), // an affinity, or a bit for each CPU
                (general(25), setup.before_end() as u64),
            ];
            for (id, value) in registers {
                vcpu.set_one_reg(id, &value.to_le_bytes())
                    .with_context(|| format!("KVM_SET_ONE_REG {id:#x}"))?;
            }
        }
        Ok(())
    }
}

fn place(vgic: &DeviceFd, which: u32, place: u64) -> Result<()> {
    set(vgic, KVM_DEV_ARM_VGIC_GRP_ADDR, which, Some(&place)).context("KVM_DEV_ARM_VGIC_GRP_ADDR")
}

fn set(
    vgic: &DeviceFd,
    group: u32,
    attr: u32,
    value: Option<&u64>,
) -> Result<(), kvm_ioctls::Error> {
    let addr = value.map_or(0, |value| std::ptr::from_ref(value) as u64);
    vgic.set_device_attr(&kvm_device_attr {
        group,
        attr: u64::from(attr),
        addr,
        flags: 0,
    })
}
