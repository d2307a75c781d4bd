//! The bytes of an archive, whatever it is packed with, a piece at a time and no more than a bound.

use std::io::{self, BufRead, Read};

use anyhow::{Result, anyhow, bail, ensure};
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

/// Bytes of the unpacked archive at most.
pub const MOST: u64 = 256 << 20;
/// KiB of memory that an xz stream may ask for: `xz -9` asks for 65 MiB.
const XZ_MEMORY: u32 = 80 << 10;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const XZ: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Other packers, by their first bytes, and how to unpack it.
const OTHERS: [(&[u8], &str); 4] = [
    (b"BZh", "bzip2: unpack it with 'bunzip2'"),
    (b"PK\x03\x04", "zip: unpack it, and give the directory"),
    (b"\x04\x22\x4d\x18", "lz4: unpack it with 'unlz4'"),
    (b"7z\xbc\xaf", "7z: unpack it, and give the directory"),
];

/// An archive that is being unpacked.
pub enum Unpacked<R: BufRead> {
    /// Not packed.
    Plain(R),
    /// gzip.
    Gzip(Box<MultiGzDecoder<R>>),
    /// xz.
    Xz(Box<XzReader<R>>),
    /// zstd.
    Zstd(Box<StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>),
}

impl<R: BufRead> Unpacked<R> {
    /// Looks at the first bytes.
    ///
    /// # Errors
    /// It cannot be read, or is packed with something else.
    pub fn new(mut packed: R) -> Result<Self> {
        let head = packed.fill_buf()?;
        if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
            bail!("it is packed with {what}");
        }
        Ok(if head.starts_with(&GZIP) {
            Self::Gzip(Box::new(MultiGzDecoder::new(packed)))
        } else if head.starts_with(&XZ) {
            Self::Xz(Box::new(XzReader::new_mem_limit(packed, true, XZ_MEMORY)))
        } else if head.starts_with(&ZSTD) {
            let decoder =
                StreamingDecoder::new(packed).map_err(|_| anyhow!("its zstd frame is damaged"))?;
            Self::Zstd(Box::new(decoder))
        } else {
            Self::Plain(packed)
        })
    }

    /// Reads what is left, and holds the checksum against what was read. gzip and xz do that themselves.
    ///
    /// # Errors
    /// It is damaged, or unpacks to more than [`MOST`].
    pub fn finish(&mut self, read: u64) -> Result<()> {
        let left = MOST.saturating_sub(read);
        let more = io::copy(&mut self.by_ref().take(left + 1), &mut io::sink());
        let more = more.map_err(|_| anyhow!("it is cut short or damaged"))?;
        ensure!(
            more <= left,
            "it unpacks to more than {MOST} bytes: unpack it, and give the directory"
        );
        if let Self::Zstd(decoder) = self {
            let sum = decoder.decoder.get_checksum_from_data();
            let good = sum.is_none() || sum == decoder.decoder.get_calculated_checksum();
            ensure!(good, "it is damaged: its checksum is wrong");
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Gzip(reader) => reader.read(buffer),
            Self::Xz(reader) => reader.read(buffer),
            Self::Zstd(reader) => reader.read(buffer),
        }
    }
}

/// Blocks of a tar.
const BLOCK: usize = 512;
/// Bytes at most of what describes an entry: a long name, the attributes of pax.
const DESCRIPTION: u64 = 64 << 10;

/// A tar whose headers are looked at as they pass, so that no length which a header states is believed unseen.
pub struct Guarded<R> {
    inner: R,
    header: Vec<u8>,
    /// Bytes of the entry, and what fills its last block, that are still to come.
    body: u64,
    /// Bytes that have passed.
    pub passed: u64,
}

impl<R: Read> Guarded<R> {
    /// Looks at the headers of this tar.
    pub const fn new(inner: R) -> Self {
        Self {
            inner,
            header: Vec::new(),
            body: 0,
            passed: 0,
        }
    }

    fn look(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let skipped = usize::try_from(self.body)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            (self.body, bytes) = (self.body - skipped as u64, &bytes[skipped..]);
            let taken = (BLOCK - self.header.len()).min(bytes.len());
            self.header.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if self.header.len() == BLOCK {
                self.body = body(&self.header)?;
                self.header.clear();
            }
        }
        Ok(())
    }
}

/// The bytes that follow a header.
fn body(header: &[u8]) -> io::Result<u64> {
    let refused = |what: &str| Err(io::Error::other(what.to_string()));
    let (field, kind) = (&header[124..136], header[156]);
    let size = if field[0] & 0x80 != 0 {
        // In base 256; the first byte is 0xff in a negative number.
        let large = field[0] != 0x80 || field[1..4].iter().any(|byte| *byte != 0);
        let value = field[4..]
            .iter()
            .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        if large || value > MOST {
            return refused("an entry states a size that no file has");
        } else {
            value
        }
    } else {
        let text = String::from_utf8_lossy(field);
        let digits = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        u64::from_str_radix(if digits.is_empty() { "0" } else { digits }, 8).unwrap_or(0)
    };
    match kind {
        b'L' | b'K' | b'x' | b'g' if size > DESCRIPTION => {
            refused("an entry's name or attributes are too long")
        }
        b'S' => refused("it has a sparse file, which no capture has"),
        _ => Ok(size.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64)),
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.passed += read as u64;
        if self.passed > MOST {
            return Err(io::Error::other(format!(
                "it unpacks to more than {MOST} bytes: unpack it, and give the directory"
            )));
        }
        self.look(&buffer[..read])?;
        Ok(read)
    }
}
