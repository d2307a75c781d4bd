//! An array that begins as zeros, in large pages where the system has them.

/// Numbers of 32 bits.
#[derive(Default)]
pub(crate) struct Memory(Bytes);

impl Memory {
    /// So many zeros.
    pub(crate) fn zeroed(numbers: usize) -> Self {
        Self(Bytes::zeroed(numbers * size_of::<u32>()))
    }

    #[inline(always)]
    pub(crate) fn get(&self, at: usize) -> u32 {
        let bytes = &self.0.bytes()[at * size_of::<u32>()..][..size_of::<u32>()];
        bytes.try_into().map_or(0, u32::from_ne_bytes)
    }

    /// Some numbers in a row.
    #[inline(always)]
    pub(crate) fn row<const N: usize>(&self, at: usize) -> [u32; N] {
        let bytes = &self.0.bytes()[at * size_of::<u32>()..][..N * size_of::<u32>()];
        std::array::from_fn(|lane| {
            let number = &bytes[lane * size_of::<u32>()..][..size_of::<u32>()];
            number.try_into().map_or(0, u32::from_ne_bytes)
        })
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, at: usize, number: u32) {
        let bytes = &mut self.0.bytes_mut()[at * size_of::<u32>()..][..size_of::<u32>()];
        bytes.copy_from_slice(&number.to_ne_bytes());
    }
}

/// Bytes of a large page, as most machines have them. Less memory needs none.
#[cfg(target_os = "linux")]
const LARGE: usize = 2 << 20;

enum Bytes {
    /// From the allocator.
    Heap(Vec<u8>),
    /// From the kernel, which was asked for large pages: numbers that are looked up all over some hundred megabytes then
    /// cost one look at the memory each, and none at the page tables.
    #[cfg(target_os = "linux")]
    Pages(memmap2::MmapMut),
}

impl Default for Bytes {
    fn default() -> Self {
        Self::Heap(Vec::new())
    }
}

impl Bytes {
    fn zeroed(bytes: usize) -> Self {
        #[cfg(target_os = "linux")]
        if bytes >= LARGE {
            if let Ok(pages) = memmap2::MmapMut::map_anon(bytes) {
                let _ = pages.advise(memmap2::Advice::HugePage); // small pages do, and take longer
                return Self::Pages(pages);
            }
        }
        Self::Heap(vec![0; bytes])
    }

    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Heap(bytes) => bytes,
            #[cfg(target_os = "linux")]
            Self::Pages(pages) => pages,
        }
    }

    #[inline(always)]
    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Heap(bytes) => bytes,
            #[cfg(target_os = "linux")]
            Self::Pages(pages) => pages,
        }
    }
}
