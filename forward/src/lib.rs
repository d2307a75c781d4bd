//! VFIO, KVM and eventfd around [`eoi_intx`]. A stub: nothing here yet.
