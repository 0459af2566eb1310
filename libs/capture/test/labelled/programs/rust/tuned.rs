// rustc tuned.rs && RUST_BACKTRACE=… ./tuned <scene>
use std::fmt;
use std::process::ExitCode;

fn mark(level: &str) {
    eprint!("\x1e{level}\x1f");
}

fn say(level: &str, text: &str) {
    mark(level);
    eprintln!("{text}");
}

#[derive(Debug)]
#[allow(dead_code)]
struct Page {
    title: String,
    tags: Vec<&'static str>,
    size: Option<u32>,
}

#[derive(Debug)]
#[allow(dead_code)]
enum Trouble {
    Read { path: String, code: i32 },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "cannot read the catalogue")
    }
}

impl std::error::Error for Trouble {}

fn page() -> Page {
    Page { title: "alpha".into(), tags: vec!["one", "two"], size: Some(3) }
}

fn read() -> Result<Page, Trouble> {
    Err(Trouble::Read { path: "/srv/data/index.json".into(), code: 2 })
}

#[inline(never)]
fn row(rows: &[u32], n: usize) -> u32 {
    if n > 40 { rows[n] } else { row(rows, n + 20) }
}

fn main() -> ExitCode {
    let scene = std::env::args().nth(1).unwrap();
    say("I", "catalogue server running on stdio");
    match scene.as_str() {
        "index" => {
            say("I", "2026-11-23T06:00:00.123456Z  INFO catalogue::service: serving");
            mark("E");
            row(&[1, 2], 0);
        }
        "unwrap" => {
            mark("E");
            read().unwrap();
        }
        "expect" => {
            mark("E");
            std::fs::read("/srv/data/index.json").expect("index is there");
        }
        "equal" => {
            mark("E");
            assert_eq!(page().tags, vec!["one", "three"], "tags of {}", "alpha");
        }
        "lines" => {
            mark("E");
            panic!("page is bad:\n  {:#?}\nsee the manual", page());
        }
        "thread" => {
            mark("E");
            let worker = std::thread::Builder::new().name("indexer".into());
            let _ = worker.spawn(|| row(&[1], 0)).unwrap().join();
            say("I", "worker ended");
            mark("E");
            let _ = std::thread::spawn(|| panic!("second worker")).join();
            say("I", "second worker ended");
        }
        "debug" => {
            mark("I");
            dbg!(page());
            mark("I");
            eprintln!("state: {:#?}", page());
            say("I", "done");
        }
        "overflow" => {
            #[allow(unconditional_recursion)]
            fn walk(n: u64) -> u64 { walk(n + 1) + n }
            mark("E");
            println!("{}", walk(0));
        }
        "double" => {
            struct Handle;
            impl Drop for Handle {
                fn drop(&mut self) {
                    mark("E");
                    panic!("while closing");
                }
            }
            let _handle = Handle;
            mark("E");
            panic!("while reading");
        }
        "error" => {
            mark("E");
            return match real_main() {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => { eprintln!("Error: {error:?}"); ExitCode::FAILURE }
            };
        }
        _ => {}
    }
    say("I", "stopped");
    ExitCode::SUCCESS
}

fn real_main() -> Result<(), Box<dyn std::error::Error>> {
    read()?;
    Ok(())
}
