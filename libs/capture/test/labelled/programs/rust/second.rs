// looked at once, after the first score.
use std::collections::HashMap;

fn mark(level: &str) {
    eprint!("\x1e{level}\x1f");
}

fn say(level: &str, text: &str) {
    mark(level);
    eprintln!("{text}");
}

#[derive(Debug, Clone, PartialEq)]
struct Room {
    number: u8,
    guests: Vec<String>,
}

struct Desk {
    rooms: HashMap<u8, Room>,
}

impl Desk {
    fn book(&self, number: u8) -> &Room {
        let found: Vec<&Room> = self.rooms.values().filter(|room| room.number == number).collect();
        found.first().map(|room| *room).unwrap_or_else(|| panic!("no room {number}:\n{:?}\n", found))
    }
}

fn main() {
    let desk = Desk { rooms: HashMap::new() };
    say("I", "hotel-mcp 0.3 ready, errors: 0");
    match std::env::args().nth(1).unwrap().as_str() {
        "option" => {
            mark("E");
            None::<u8>.expect("a key for room 4");
        }
        "map" => {
            mark("E");
            println!("{}", desk.rooms[&4].number);
        }
        "closure" => {
            mark("E");
            desk.book(7);
        }
        "caught" => {
            for number in 0..2u8 {
                mark("E");
                let result = std::panic::catch_unwind(|| 10 / number.wrapping_sub(number));
                say("I", &format!("guest {number}: {}", result.is_ok()));
            }
        }
        "unequal" => {
            let room = Room { number: 4, guests: vec!["Ann".into(), "Bob".into()] };
            mark("E");
            assert_eq!(room, Room { number: 5, ..room.clone() });
        }
        "arithmetic" => {
            let n: u8 = std::env::args().count() as u8;
            mark("E");
            println!("{}", n * 200);
        }
        "refcell" => {
            let cell = std::cell::RefCell::new(1);
            let _one = cell.borrow_mut();
            mark("E");
            let _two = cell.borrow_mut();
        }
        _ => {}
    }
    say("I", "hotel-mcp closed");
}
