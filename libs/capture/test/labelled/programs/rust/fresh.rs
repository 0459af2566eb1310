// Scored once, then left as it is.
fn mark(level: &str) {
    eprint!("\x1e{level}\x1f");
}

fn take(shelf: usize) -> &'static str {
    ["a", "b"].iter().nth(shelf).expect("a book on this shelf")
}

fn main() {
    mark("I");
    eprintln!("library server running, no errors");
    match std::env::args().nth(1).unwrap().as_str() {
        "expect" => {
            mark("E");
            take(5);
        }
        _ => {
            let bytes: Result<u8, std::num::ParseIntError> = "300".parse();
            mark("E");
            let _shelf: u8 = bytes.unwrap_or_else(|error| panic!("bad shelf: {error}"));
        }
    }
}
