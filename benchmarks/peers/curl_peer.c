/* The C clients that vcchk is measured against: libcurl, and OpenSSL's SM3 and SM4.
 *
 *     curl_peer post <url> <file with the body> <count>            a kept-alive POST of the same bytes, nothing else
 *     curl_peer dll <url> <file with InData> <count> <CA file>     what such DLLs do: sign, encrypt, a new connection a
 *                                                                  call, decrypt, check the signature
 *
 * InData is the flat JSON of the benchmark: every value a string, biz_content an object at the end (benchmarks/
 * messages.py writes it). Prints one line of JSON: first_ms, p50_ms, p90_ms, p99_ms. A call that fails ends the program.
 */
#include <ctype.h>
#include <curl/curl.h>
#include <openssl/evp.h>
#include <string.h>

#include "clock.h"

#define ROOM 65536
#define FIELDS 16

static char reply[ROOM];
static size_t reply_size;

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "curl_peer: %s %s\n", what, detail);
    exit(1);
}

static char *whole(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, ROOM);
    if (!file || !text || !fread(text, 1, ROOM - 1, file))
        fail("cannot read", path);
    fclose(file);
    return text;
}

static size_t take(char *data, size_t size, size_t number, void *unused)
{
    size_t all = size * number;
    (void)unused;
    if (reply_size + all >= ROOM)
        return 0;
    memcpy(reply + reply_size, data, all);
    reply_size += all;
    reply[reply_size] = 0;
    return all;
}

static void post(CURL *curl, const char *body)
{
    CURLcode result;
    long status = 0;
    reply_size = 0;
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    result = curl_easy_perform(curl);
    if (result != CURLE_OK)
        fail("curl:", curl_easy_strerror(result));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 || !reply_size)
        fail("status", "is not 200");
}

static CURL *handle(const char *url, struct curl_slist *headers, const char *ca_file)
{
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    if (ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    return curl;
}

/* ---- what such a DLL does around the exchange ---- */

static void hex(char *to, const unsigned char *data, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t i;
    for (i = 0; i < size; i++) {
        *to++ = digits[data[i] >> 4];
        *to++ = digits[data[i] & 15];
    }
    *to = 0;
}

static int sm4(const char *key, const unsigned char *data, int size, unsigned char *out, int encrypt)
{
    unsigned char secret[16] = {0};
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int done = 0, more = 0;
    size_t length = strlen(key);
    memcpy(secret, key, length < 16 ? length : 16);
    if (EVP_CipherInit_ex(context, EVP_sm4_ecb(), NULL, secret, NULL, encrypt) != 1 ||
        EVP_CipherUpdate(context, out, &done, data, size) != 1 || EVP_CipherFinal_ex(context, out + done, &more) != 1)
        fail("SM4", encrypt ? "encrypt" : "decrypt");
    EVP_CIPHER_CTX_free(context);
    return done + more;
}

static void sm3(const char *text, char *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_Digest(text, strlen(text), digest, &size, EVP_sm3(), NULL) != 1)
        fail("SM3", "");
    hex(out, digest, size);
}

struct field {
    char name[64];
    char value[8192];
};

static struct field fields[FIELDS];
static int field_count;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct field *)a)->name, ((const struct field *)b)->name);
}

/* "name":"value" pairs, and one object as it stands. */
static void parse(const char *text)
{
    const char *at = text;
    field_count = 0;
    while ((at = strchr(at, '"')) && field_count < FIELDS) {
        struct field *field = &fields[field_count++];
        const char *end = strchr(++at, '"');
        snprintf(field->name, sizeof field->name, "%.*s", (int)(end - at), at);
        at = end + 2;
        if (*at == '{') {
            end = strchr(at, '}');
            snprintf(field->value, sizeof field->value, "%.*s", (int)(end - at) + 1, at);
        } else {
            end = strchr(++at, '"');
            snprintf(field->value, sizeof field->value, "%.*s", (int)(end - at), at);
        }
        at = end + 1;
    }
}

static const char *field_value(const char *name)
{
    int i;
    for (i = 0; i < field_count; i++)
        if (!strcmp(fields[i].name, name))
            return fields[i].value;
    return "";
}

/* The canonical text of docs/wire.md, rule 2. */
static void canonical(char *to, const char *key)
{
    int i;
    qsort(fields, (size_t)field_count, sizeof *fields, by_name);
    for (i = 0; i < field_count; i++)
        if (strcmp(fields[i].name, "sign") && strcmp(fields[i].name, "key") && fields[i].value[0])
            to += sprintf(to, "%s=%s&", fields[i].name, fields[i].value);
    sprintf(to - 1, "key=%s", key);
}

static void one_call(const char *url, const char *indata, struct curl_slist *headers, const char *ca_file)
{
    static char text[ROOM], body[ROOM], cipher_hex[2 * ROOM], sign[65], wanted[65], key[128];
    static unsigned char bytes[ROOM];
    char *to = body;
    int i, size;
    CURL *curl;
    parse(indata);
    snprintf(key, sizeof key, "%s", field_value("key"));
    canonical(text, key);
    sm3(text, sign);
    to += sprintf(to, "{");
    for (i = 0; i < field_count; i++) {
        struct field *field = &fields[i];
        if (!strcmp(field->name, "key") || !strcmp(field->name, "sign"))
            continue;
        if (!strcmp(field->name, "biz_content")) {
            size = sm4(key, (unsigned char *)field->value, (int)strlen(field->value), bytes, 1);
            hex(cipher_hex, bytes, (size_t)size);
            to += sprintf(to, "\"biz_content\":\"%s\",", cipher_hex);
        } else {
            to += sprintf(to, "\"%s\":\"%s\",", field->name, field->value);
        }
    }
    sprintf(to, "\"sign\":\"%s\"}", sign);
    curl = handle(url, headers, ca_file);
    post(curl, body);
    curl_easy_cleanup(curl);
    parse(reply);
    if (strcmp(field_value("ret_code"), "0000"))
        fail("ret_code", field_value("ret_code"));
    snprintf(wanted, sizeof wanted, "%s", field_value("sign"));
    for (i = 0; i < field_count; i++)
        if (!strcmp(fields[i].name, "biz_content")) {
            char *from = fields[i].value;
            size = (int)strlen(from) / 2;
            for (int j = 0; j < size; j++) {
                unsigned int byte;
                sscanf(from + 2 * j, "%2x", &byte);
                bytes[size + j] = (unsigned char)byte;
            }
            size = sm4(key, bytes + size, size, bytes, 0);
            snprintf(fields[i].value, sizeof fields[i].value, "%.*s", size, (char *)bytes);
        }
    canonical(text, key);
    sm3(text, sign);
    if (strcmp(sign, wanted))
        fail("signature of the reply:", wanted);
}

int main(int argc, char **argv)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json; charset=UTF-8");
    char *content;
    double began, first = 0, *times;
    int count, i, plain;
    CURL *curl = NULL;
    if (argc < 5)
        fail("usage:", "curl_peer post|dll <url> <file> <count> [<CA file>]");
    plain = !strcmp(argv[1], "post");
    content = whole(argv[3]);
    count = atoi(argv[4]);
    times = calloc((size_t)count + 1, sizeof *times);
    headers = curl_slist_append(headers, "Expect:");
    curl_global_init(CURL_GLOBAL_ALL);
    if (plain)
        curl = handle(argv[2], headers, NULL);
    began = clock_ms();
    for (i = -1; i < count; i++) {
        double from;
        pause_between_calls();
        from = clock_ms();
        if (plain)
            post(curl, content);
        else
            one_call(argv[2], content, headers, argc > 5 ? argv[5] : NULL);
        if (i < 0)
            first = clock_ms() - began;
        else
            times[i] = clock_ms() - from;
    }
    printf("{\"first_ms\":%.3f,", first);
    print_times(times, count);
    printf("\"reply_bytes\":%zu}\n", reply_size);
    return 0;
}
