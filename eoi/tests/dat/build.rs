//! Writes a trace.dat by hand, as trace-cmd.dat.v6(5), trace-cmd.dat.v7(5) and kernel/trace/ring_buffer.c say.

/// A machine's words.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    pub big: bool,
    pub long: usize,
}

/// The content of a page.
pub enum Event<'a> {
    /// An entry, with the time since the one before and its length in the head.
    Entry(u32, &'a [u8]),
    /// The same with the length in a word of its own.
    Long(u32, &'a [u8]),
    Extend(u64),
    Stamp(u64),
    Discarded(u32, usize),
    Null,
}

pub const PAGE: usize = 4096;
pub const STORED: u64 = 1 << 30;
pub const MISSED: u64 = 1 << 31;

impl Machine {
    pub fn number(self, value: u64, size: usize) -> Vec<u8> {
        let mut bytes = value.to_le_bytes()[..size].to_vec();
        if self.big {
            bytes.reverse();
        }
        bytes
    }

    fn head(self, kind: u32, time: u32) -> Vec<u8> {
        let word = if self.big {
            kind << 27 | time
        } else {
            kind | time << 5
        };
        self.number(word.into(), 4)
    }

    fn event(self, event: &Event<'_>) -> Vec<u8> {
        let two = |kind, time: u64| {
            let low = (time & ((1 << 27) - 1)) as u32;
            [self.head(kind, low), self.number(time >> 27, 4)].concat()
        };
        match *event {
            Event::Entry(time, data) => {
                assert!(data.len().is_multiple_of(4) && data.len() <= 28 * 4);
                [self.head(data.len() as u32 / 4, time), data.to_vec()].concat()
            }
            Event::Long(time, data) => {
                let padded =
                    [data, &[0; 3][..data.len().next_multiple_of(4) - data.len()]].concat();
                [
                    self.head(0, time),
                    self.number(data.len() as u64 + 4, 4),
                    padded,
                ]
                .concat()
            }
            Event::Extend(time) => two(30, time),
            Event::Stamp(time) => two(31, time),
            Event::Discarded(time, length) => [
                self.head(29, time),
                self.number(length as u64 + 4, 4),
                vec![0xaa; length],
            ]
            .concat(),
            Event::Null => self.head(29, 0),
        }
    }

    /// A page that begins at `time`; `lost` is a flag of the commit word, and what is stored behind the last event.
    pub fn page(self, time: u64, lost: Option<(u64, u64)>, events: &[Event<'_>]) -> Vec<u8> {
        let data: Vec<u8> = events.iter().flat_map(|event| self.event(event)).collect();
        let (flags, stored) = lost.unwrap_or_default();
        let commit = self.number(data.len() as u64 | flags, self.long);
        let mut page = [
            self.number(time, 8),
            commit,
            data,
            self.number(stored, self.long),
        ]
        .concat();
        assert!(page.len() <= PAGE);
        page.resize(PAGE, 0);
        page
    }

    /// An entry of `function`, which has the id 1.
    pub fn function(self, flags: u8, pid: u32, ip: u64, parent: u64) -> Vec<u8> {
        let common = [
            self.number(1, 2),
            vec![flags, 0],
            self.number(pid.into(), 4),
        ]
        .concat();
        [
            common,
            self.number(ip, self.long),
            self.number(parent, self.long),
        ]
        .concat()
    }

    fn common(self) -> String {
        "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\
         \tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n\
         \tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n\
         \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
            .to_owned()
    }

    fn function_format(self) -> String {
        let (common, long, parent) = (self.common(), self.long, 8 + self.long);
        format!(
            "name: function\nID: 1\nformat:\n{common}\
             \tfield:unsigned long ip;\toffset:8;\tsize:{long};\tsigned:0;\n\
             \tfield:unsigned long parent_ip;\toffset:{parent};\tsize:{long};\tsigned:0;\n\nprint fmt: \"\"\n"
        )
    }

    /// An event of every kind of field, with the id 300.
    fn odd_format(self) -> String {
        format!(
            "name: odd\nID: 300\nformat:\n{}\
             \tfield:s16 small;\toffset:8;\tsize:2;\tsigned:1;\n\
             \tfield:u8 raw[2];\toffset:10;\tsize:2;\tsigned:0;\n\
             \tfield:char comm[4];\toffset:12;\tsize:4;\tsigned:0;\n\
             \tfield:__data_loc char[] there;\toffset:16;\tsize:4;\tsigned:0;\n\
             \tfield:__rel_loc char[] here;\toffset:20;\tsize:4;\tsigned:0;\n\
             \tfield:const void * at;\toffset:24;\tsize:4;\tsigned:0;\n\nprint fmt: \"\"\n",
            self.common()
        )
    }

    fn header_info(self) -> Vec<u8> {
        let (long, data) = (self.long, 8 + self.long);
        let page = format!(
            "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n\
             \tfield: local_t commit;\toffset:8;\tsize:{long};\tsigned:1;\n\
             \tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n\
             \tfield: char data;\toffset:{data};\tsize:{};\tsigned:1;\n",
            PAGE - data
        );
        [
            b"header_page\0",
            &self.sized(8, page.as_bytes())[..],
            b"header_event\0",
            &self.sized(8, b"# header\n"),
        ]
        .concat()
    }

    fn sized(self, size: usize, bytes: &[u8]) -> Vec<u8> {
        [self.number(bytes.len() as u64, size), bytes.to_vec()].concat()
    }

    fn ftrace(self) -> Vec<u8> {
        [
            self.number(1, 4),
            self.sized(8, self.function_format().as_bytes()),
        ]
        .concat()
    }

    fn systems(self) -> Vec<u8> {
        let format = self.sized(8, self.odd_format().as_bytes());
        [
            self.number(1, 4),
            b"strange\0".to_vec(),
            self.number(1, 4),
            format,
        ]
        .concat()
    }

    fn magic(self, version: &str) -> Vec<u8> {
        let start = [b"\x17\x08\x44tracing", version.as_bytes(), b"\0"].concat();
        [
            start,
            vec![u8::from(self.big), 8],
            self.number(PAGE as u64, 4),
        ]
        .concat()
    }

    /// Version 6.
    pub fn version_6(self, kallsyms: &str, cpus: &[Vec<u8>]) -> Vec<u8> {
        let mut file = [
            self.magic("6"),
            self.header_info(),
            self.ftrace(),
            self.systems(),
        ]
        .concat();
        file.extend(self.sized(4, kallsyms.as_bytes()));
        file.extend(self.sized(4, b"")); // printk
        file.extend(self.sized(8, b"7 task\n"));
        file.extend(self.number(cpus.len() as u64, 4));
        // An option that is not known, one that is, the end.
        file.extend(
            [
                b"options  \0".to_vec(),
                self.number(99, 2),
                self.sized(4, b"?"),
            ]
            .concat(),
        );
        file.extend(
            [
                self.number(8, 2),
                self.sized(4, &self.number(cpus.len() as u64, 4)),
                self.number(0, 2),
            ]
            .concat(),
        );
        file.extend(b"flyrecord\0");
        let mut at = (file.len() + 16 * cpus.len()).next_multiple_of(PAGE);
        let data = at;
        for pages in cpus {
            file.extend(
                [
                    self.number(at as u64, 8),
                    self.number(pages.len() as u64, 8),
                ]
                .concat(),
            );
            at += pages.len();
        }
        file.resize(data, 0);
        file.extend(cpus.concat());
        file
    }

    /// The bytes packed, with the sizes of both before them.
    fn zlib(self, bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        let mut encoder = flate2::read::ZlibEncoder::new(bytes, flate2::Compression::default());
        std::io::Read::read_to_end(&mut encoder, &mut packed).expect("packed");
        let sizes = [
            self.number(packed.len() as u64, 4),
            self.number(bytes.len() as u64, 4),
        ];
        [sizes.concat(), packed].concat()
    }

    /// Version 7, every section and each page packed with zlib.
    pub fn version_7(self, kallsyms: &str, cpus: &[Vec<u8>]) -> Vec<u8> {
        let zlib = |bytes: &[u8]| self.zlib(bytes);
        let section = |id: u64, flags: u64, data: Vec<u8>| {
            let head = [
                self.number(id, 2),
                self.number(flags, 2),
                self.number(0, 4),
                self.number(data.len() as u64, 8),
            ];
            [head.concat(), data].concat()
        };
        let mut file = [self.magic("7"), b"zlib\x001.3\0".to_vec()].concat();
        let options_at = file.len();
        file.extend([0; 8]);
        let mut options = Vec::new();
        let kallsyms = self.sized(4, kallsyms.as_bytes());
        for (id, data) in [
            (16, self.header_info()),
            (17, self.ftrace()),
            (18, self.systems()),
            (19, kallsyms),
        ] {
            options.extend(
                [
                    self.number(id, 2),
                    self.sized(4, &self.number(file.len() as u64, 8)),
                ]
                .concat(),
            );
            file.extend(section(id, 1, zlib(&data)));
        }
        let mut buffer = [self.number(file.len() as u64, 8), b"\0local\0".to_vec()].concat();
        buffer.extend(
            [
                self.number(PAGE as u64, 4),
                self.number(cpus.len() as u64, 4),
            ]
            .concat(),
        );
        file.extend(section(3, 1, Vec::new()));
        for (cpu, pages) in cpus.iter().enumerate() {
            let chunks: Vec<Vec<u8>> = pages.chunks(PAGE).map(zlib).collect();
            let data = [self.number(chunks.len() as u64, 4), chunks.concat()].concat();
            let region = [
                self.number(cpu as u64, 4),
                self.number(file.len() as u64, 8),
            ]
            .concat();
            buffer.extend([region, self.number(data.len() as u64 - 4, 8)].concat());
            file.extend(data);
        }
        // Two sections of options, one after the other.
        let first = self.number(file.len() as u64, 8);
        file[options_at..options_at + 8].copy_from_slice(&first);
        let next = self.number((file.len() + 16 + options.len() + 14) as u64, 8);
        options.extend([self.number(0, 2), self.sized(4, &next)].concat());
        file.extend(section(0, 0, options));
        let buffer = [self.number(3, 2), self.sized(4, &buffer)].concat();
        let done = [self.number(0, 2), self.sized(4, &self.number(0, 8))].concat();
        file.extend(section(0, 1, zlib(&[buffer, done].concat())));
        file
    }
}
