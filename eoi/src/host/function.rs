//! One PCI function, from /sys/bus/pci/devices.

use std::collections::BTreeMap;

pub use super::paths::DEVICES;
use super::pci::{Config, Pin};
use super::tree::Tree;

/// The number in `irq` of sysfs for a pin that leads nowhere (`IRQ_NOTCONNECTED`, include/linux/interrupt.h).
pub const NOT_CONNECTED: u32 = 1 << 31;

/// One PCI function.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// `0000:01:00.0`
    pub address: String,
    /// Its configuration space; `None` if it cannot be read.
    pub config: Option<Config>,
    /// Bytes of configuration space that could be read: 64 without root.
    pub config_bytes: usize,
    /// The driver that is bound.
    pub driver: Option<String>,
    /// `irq` as sysfs shows it: the pin's irq, or the first MSI's (`irq_show`, drivers/pci/pci-sysfs.c).
    pub irq: Option<u32>,
    /// Irqs of MSI and MSI-X.
    pub msi_irqs: Vec<u32>,
    /// Its IOMMU group.
    pub group: Option<String>,
    /// The addresses of the group's other functions.
    pub group_members: Vec<String>,
    /// `D0`, `D3hot`, `D3cold`, `unknown`, `error`
    pub power_state: Option<String>,
    /// It was asked about by its address.
    pub asked: bool,
}

impl Function {
    /// Reads one. Of a function without a pin that nobody asked about, only the configuration space and the driver.
    pub(super) fn read(tree: &Tree, address: &str, asked: bool) -> Self {
        let path = |name: &str| format!("{DEVICES}/{address}/{name}");
        let config = tree.config(&path("config"));
        let mut function = Self {
            address: address.to_string(),
            config_bytes: config.map_or(0, |(_, bytes)| bytes),
            config: config.map(|(config, _)| config),
            driver: tree.link(&path("driver")),
            group: tree.link(&path("iommu_group")),
            asked,
            ..Self::default()
        };
        if function
            .config
            .is_some_and(|config| config.pin == Pin::Is(0) && !config.all_ones)
            && !asked
        {
            return function;
        }
        function.irq = tree.text(&path("irq")).and_then(|text| text.parse().ok());
        let vectors = tree.names(&path("msi_irqs")).unwrap_or_default();
        function.msi_irqs = vectors
            .iter()
            .filter_map(|name| name.parse().ok())
            .collect();
        function.power_state = tree.text(&path("power_state"));
        function
    }

    /// Its configuration space as it is now; `None` if it cannot be read.
    #[must_use]
    pub fn look_again(&self, tree: &Tree) -> Option<Config> {
        tree.config(&self.path("config")).map(|(config, _)| config)
    }

    /// The irq of its pin, if it has a pin that leads anywhere. While MSI is enabled sysfs does not show it.
    #[must_use]
    pub fn intx_irq(&self) -> Option<u32> {
        let pin = self.config.is_none_or(|config| config.may_have_pin());
        let irq = self
            .irq
            .filter(|irq| pin && (1..NOT_CONNECTED).contains(irq))?;
        let message = self
            .config
            .is_some_and(|config| config.capabilities.msi == Some(true))
            || self.msi_irqs.contains(&irq);
        (!message).then_some(irq)
    }

    /// It is bound to vfio-pci or one of its variants, which is to say: handed to a guest, or about to be.
    #[must_use]
    pub fn is_vfio(&self) -> bool {
        self.driver
            .as_deref()
            .is_some_and(|driver| driver.contains("vfio"))
    }

    /// A bridge, as far as is known.
    #[must_use]
    pub fn is_bridge(&self) -> bool {
        self.config
            .is_some_and(|config| config.is_bridge() && !config.all_ones)
    }

    /// MSI or MSI-X is in use.
    #[must_use]
    pub fn uses_messages(&self) -> bool {
        !self.msi_irqs.is_empty() || self.config.is_some_and(|config| config.uses_messages())
    }

    /// The action that vfio-pci requests for it (`vfio_intx_enable`, drivers/vfio/pci/vfio_pci_intrs.c).
    #[must_use]
    pub fn action(&self) -> String {
        format!("vfio-intx({})", self.address)
    }

    /// A file of it, below the root.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        format!("{DEVICES}/{}/{name}", self.address)
    }
}

/// Tells each function who else is in its group. The group's own list also has functions of other buses.
pub(super) fn join_groups(tree: &Tree, functions: &mut [Function]) {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for function in functions.iter() {
        if let Some(group) = &function.group {
            groups
                .entry(group.clone())
                .or_default()
                .push(function.address.clone());
        }
    }
    for (group, members) in &mut groups {
        let handed = |function: &Function| {
            function.group.as_ref() == Some(group) && (function.is_vfio() || function.asked)
        };
        if functions.iter().any(handed) {
            members.extend(
                tree.names(&format!("sys/kernel/iommu_groups/{group}/devices"))
                    .unwrap_or_default(),
            );
            members.sort();
            members.dedup();
        }
    }
    for function in functions {
        let members = function.group.as_ref().and_then(|group| groups.get(group));
        let others = members
            .into_iter()
            .flatten()
            .filter(|member| **member != function.address);
        function.group_members = others.cloned().collect();
    }
}
