import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A platform on the JDK: key store (PKCS12, "changeit"), CA of clients, protocol, need|want|none, http|socket, suites. */
public class TlsServer {
    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 5) {
            // Newer updates of JDK 17 disable suites that old platforms have (TLS_RSA_*): those asked for are offered.
            Security.setProperty("jdk.tls.disabledAlgorithms", "SSLv3, anon, NULL");
        }
        char[] password = "changeit".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream file = new FileInputStream(arguments[0])) {
            store.load(file, password);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, password);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream file = new FileInputStream(arguments[1])) {
            trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(new String[] {arguments[2]});
        parameters.setNeedClientAuth(arguments[3].equals("need"));
        if (arguments[3].equals("want")) {
            parameters.setWantClientAuth(true);
        }
        if (arguments.length > 5) {
            parameters.setCipherSuites(arguments[5].split(","));
        }
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        if (arguments[4].equals("http")) {
            HttpsServer server = HttpsServer.create(new InetSocketAddress(loopback, 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context) {
                @Override
                public void configure(HttpsParameters wanted) {
                    wanted.setSSLParameters(parameters);
                }
            });
            server.createContext("/", exchange -> {
                byte[] body = exchange.getRequestBody().readAllBytes();
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
            System.out.println(server.getAddress().getPort());
            System.in.read();
            System.exit(0);
        }
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 8, loopback);
        listener.setSSLParameters(parameters);
        System.out.println(listener.getLocalPort());
        while (true) {
            SSLSocket socket = (SSLSocket) listener.accept();
            new Thread(() -> serve(socket)).start();
        }
    }

    private static void serve(SSLSocket socket) {
        try (socket) {
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            while (!seen.toString("ISO-8859-1").contains("\r\n\r\n")) {
                int one = socket.getInputStream().read();
                if (one < 0) {
                    return;
                }
                seen.write(one);
            }
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}".getBytes());
        } catch (java.io.IOException refused) {
            System.err.println(refused);
        }
    }
}
