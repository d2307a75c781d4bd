//! The imports of vfio-pci's module, however the module file is packed.

use std::io::Read;

use anyhow::{Context, Result, bail, ensure};
use object::{Object, ObjectSymbol};

/// Bytes of a packed module at most; vfio-pci-core.ko has 40,000.
pub const MAX_PACKED: usize = 4 << 20;
/// Bytes of an unpacked module at most; vfio-pci-core.ko has 200,000.
const MAX_MODULE: usize = 32 << 20;

/// The functions that a module imports, of those that matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imports {
    /// `disable_irq_nosync`: `vfio_intx_handler` is in it.
    pub intx: bool,
    /// `irq_modify_status`
    pub unlazy: bool,
}

/// The imports of a module, packed as its name's end says: `` , `.xz`, `.zst`, `.gz`.
///
/// # Errors
/// It cannot be unpacked, is larger than a module can be, or is no ELF object.
pub fn imports(packed: &str, bytes: &[u8]) -> Result<Imports> {
    let bytes = unpack(packed, bytes)?;
    let object = object::File::parse(bytes.as_slice()).context("it is no ELF object")?;
    let mut imports = Imports::default();
    for symbol in object.symbols().filter(ObjectSymbol::is_undefined) {
        match symbol.name_bytes() {
            Ok(b"disable_irq_nosync") => imports.intx = true,
            Ok(b"irq_modify_status") => imports.unlazy = true,
            _ => {}
        }
    }
    Ok(imports)
}

fn unpack(packed: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut module = Vec::new();
    let limit = MAX_MODULE as u64 + 1;
    match packed {
        "" => module.extend_from_slice(bytes),
        ".xz" => {
            ensure!(
                xz_size(bytes).is_some_and(|size| size <= MAX_MODULE),
                "it is no xz of one block, or too large"
            );
            let mut rest = bytes;
            lzma_rs::xz_decompress(&mut rest, &mut module).context("it cannot be unpacked")?;
        }
        ".zst" => {
            let decoder =
                ruzstd::decoding::StreamingDecoder::new(bytes).context("it is no zstd frame")?;
            decoder
                .take(limit)
                .read_to_end(&mut module)
                .context("it cannot be unpacked")?;
        }
        ".gz" => {
            flate2::read::GzDecoder::new(bytes)
                .take(limit)
                .read_to_end(&mut module)
                .context("it cannot be unpacked")?;
        }
        other => bail!("modules packed as {other} cannot be read"),
    }
    ensure!(
        module.len() <= MAX_MODULE,
        "it has more than {MAX_MODULE} bytes"
    );
    Ok(module)
}

/// Bytes that an xz file of one block unpacks to, by the heads of its LZMA2 chunks (xz file format 1.2.1, 2 and 3;
/// LZMA2's control byte as in Linux, lib/xz/xz_dec_lzma2.c). The unpacker has no bound of its own.
fn xz_size(bytes: &[u8]) -> Option<usize> {
    let check = match bytes.get(7)? & 0x0f {
        0 => 0,
        1 => 4,
        4 => 8,
        10 => 32,
        _ => return None,
    };
    let head = (usize::from(*bytes.get(12)?) + 1) * 4;
    let (mut at, mut size) = (12 + head, 0_usize);
    loop {
        let control = *bytes.get(at)?;
        let word = |at: usize| {
            Some(usize::from(u16::from_be_bytes([
                *bytes.get(at)?,
                *bytes.get(at + 1)?,
            ])))
        };
        match control {
            0 => break,
            1 | 2 => {
                let length = word(at + 1)? + 1;
                (at, size) = (at + 3 + length, size + length);
            }
            0x80.. => {
                size += (usize::from(control & 0x1f) << 16) + word(at + 1)? + 1;
                at += 5 + usize::from(control >= 0xc0) + word(at + 3)? + 1;
            }
            _ => return None,
        }
        if size > MAX_MODULE {
            return Some(size);
        }
    }
    // Block padding, the check, then the index, which starts with 0 where another block has its size.
    let next = (at + 1).next_multiple_of(4) + check;
    (*bytes.get(next)? == 0).then_some(size)
}

#[cfg(test)]
pub(super) mod tests {
    use object::write::{Object, Symbol, SymbolSection};
    use object::{Architecture, BinaryFormat, Endianness, SymbolFlags, SymbolKind, SymbolScope};

    use super::*;

    /// A module that imports these.
    pub fn module(architecture: Architecture, endian: Endianness, imports: &[&str]) -> Vec<u8> {
        let mut object = Object::new(BinaryFormat::Elf, architecture, endian);
        for name in imports {
            object.add_symbol(Symbol {
                name: name.as_bytes().to_vec(),
                value: 0,
                size: 0,
                kind: SymbolKind::Text,
                scope: SymbolScope::Dynamic,
                weak: false,
                section: SymbolSection::Undefined,
                flags: SymbolFlags::None,
            });
        }
        object.write().expect("an ELF object")
    }

    pub fn xz(bytes: &[u8]) -> Vec<u8> {
        let (mut bytes, mut packed) = (bytes, Vec::new());
        lzma_rs::xz_compress(&mut bytes, &mut packed).expect("packed");
        packed
    }

    fn pack(how: &str, bytes: &[u8]) -> Vec<u8> {
        match how {
            ".xz" => xz(bytes),
            ".zst" => ruzstd::encoding::compress_to_vec(
                bytes,
                ruzstd::encoding::CompressionLevel::Fastest,
            ),
            ".gz" => {
                let mut packed = Vec::new();
                let level = flate2::Compression::fast();
                flate2::read::GzEncoder::new(bytes, level)
                    .read_to_end(&mut packed)
                    .expect("packed");
                packed
            }
            _ => bytes.to_vec(),
        }
    }

    pub const FIXED: &[&str] = &["disable_irq_nosync", "enable_irq", "irq_modify_status"];
    pub const LAZY: &[&str] = &["disable_irq_nosync", "enable_irq"];

    #[test]
    fn imports_are_read_from_either_endianness_however_packed() {
        let machines = [
            (Architecture::X86_64, Endianness::Little),
            (Architecture::PowerPc64, Endianness::Big),
        ];
        for (architecture, endian) in machines {
            for how in ["", ".xz", ".zst", ".gz"] {
                for (names, unlazy) in [(FIXED, true), (LAZY, false)] {
                    let packed = pack(how, &module(architecture, endian, names));
                    assert_eq!(
                        imports(how, &packed).expect(how),
                        Imports { intx: true, unlazy },
                        "{how}"
                    );
                    for at in (0..packed.len()).step_by(5) {
                        let mut damaged = packed.clone();
                        damaged[at] ^= 0xa5;
                        let _ = (imports(how, &damaged), imports(how, &packed[..at])); // no panic
                    }
                }
            }
        }
        assert!(imports("", b"no object").is_err() && imports(".lzo", b"").is_err());
    }

    #[test]
    fn the_size_of_an_xz_is_known_before_it_is_unpacked() {
        for size in [1, 4096, 200_000] {
            assert_eq!(xz_size(&xz(&vec![7; size])), Some(size));
        }
        // LZMA2 chunks that each claim 2 MiB from one byte: the largest that a control byte can say.
        let mut bomb = xz(b"x")[..12 + (usize::from(xz(b"x")[12]) + 1) * 4].to_vec();
        bomb.extend([0x9f, 0xff, 0xff, 0, 0, 0].repeat(100));
        assert!(xz_size(&bomb).is_some_and(|size| size > MAX_MODULE));
        assert_eq!(xz_size(b"\xfd7zXZ\0"), None);
    }
}
