public class Broken {
    public static void main(String[] args) {
        int size = "twelve"
        open(size);
    }
}
