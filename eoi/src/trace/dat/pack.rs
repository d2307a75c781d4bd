//! Packed sections and chunks: zstd, zlib, or neither (`trace-cmd record --compression`).

use std::io::Read;

use crate::terminal::shown;
use anyhow::{Context, Result, bail};
use flate2::read::ZlibDecoder;
use ruzstd::decoding::FrameDecoder;

/// How the file's sections are packed.
pub enum Packing {
    /// They are not.
    None,
    /// zstd frames without their content's size (lib/trace-cmd/trace-compress-zstd.c). The decoder refuses windows of
    /// more than 100 MiB.
    Zstd(Box<FrameDecoder>),
    /// zlib streams (lib/trace-cmd/trace-compress-zlib.c).
    Zlib,
}

impl Packing {
    /// By the name in the file's head.
    ///
    /// # Errors
    /// A name that trace-cmd does not have.
    pub fn named(name: &str) -> Result<Packing> {
        match name {
            "none" => Ok(Packing::None),
            "zstd" => Ok(Packing::Zstd(Box::new(FrameDecoder::new()))),
            "zlib" => Ok(Packing::Zlib),
            _ => bail!(
                "it is packed with \"{}\"; zstd, zlib and none can be read: `trace-cmd convert --compression none -i IN -o \
                 OUT` makes one of them",
                shown(name)
            ),
        }
    }

    /// Unpacks into exactly `size` bytes. The caller has bounded `size`.
    ///
    /// # Errors
    /// Damaged data, or another number of bytes.
    pub fn unpack(&mut self, packed: &[u8], size: usize) -> Result<Vec<u8>> {
        let bytes = match self {
            Packing::None => {
                bail!("a packed section in a file whose head says that nothing is packed")
            }
            Packing::Zstd(decoder) => {
                let mut bytes = vec![0; size];
                let written = decoder
                    .decode_all(packed, &mut bytes)
                    .context("damaged zstd data")?;
                bytes.truncate(written);
                bytes
            }
            Packing::Zlib => {
                let mut bytes = Vec::new();
                let most = size as u64 + 1;
                ZlibDecoder::new(packed)
                    .take(most)
                    .read_to_end(&mut bytes)
                    .context("damaged zlib data")?;
                bytes
            }
        };
        if bytes.len() != size {
            bail!(
                "{size} unpacked bytes were promised and {} came: the file is damaged",
                bytes.len()
            );
        }
        Ok(bytes)
    }
}
