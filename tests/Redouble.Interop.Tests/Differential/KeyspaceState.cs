using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>What can be seen of a data set from outside: per database the size and each key's type, encoding, expiry and digest.</summary>
internal sealed class KeyspaceState(Normalisation normalisation)
{
    private const int Databases = 5;

    public Mismatch? Compare(RespClient oracle, RespClient subject)
    {
        for (int db = 0; db < Databases; db++)
        {
            oracle.Must("SELECT", db.ToString());
            subject.Must("SELECT", db.ToString());
            string[] keys = Keys(oracle);
            string[] others = Keys(subject);
            if (!keys.SequenceEqual(others))
            {
                return new Mismatch($"keys of database {db}", Latin1.Quote(keys), Latin1.Quote(others));
            }

            if (CompareKeys(oracle, subject, keys, db) is { } mismatch)
            {
                return mismatch;
            }
        }

        string expected = oracle.Must("DEBUG", "DIGEST").String;
        string actual = subject.Must("DEBUG", "DIGEST").String;
        return expected == actual ? null : new Mismatch("DEBUG DIGEST", expected, actual);
    }

    private Mismatch? CompareKeys(RespClient oracle, RespClient subject, string[] keys, int db)
    {
        string[][] questions = [["DBSIZE"], .. keys.SelectMany(key => (string[][])
            [["TYPE", key], ["OBJECT", "ENCODING", key], ["PEXPIRETIME", key], ["DEBUG", "DIGEST-VALUE", key], ["STRLEN", key]])];
        Reply[] expected = oracle.Pipeline(questions);
        Reply[] actual = subject.Pipeline(questions);
        for (int i = 0; i < questions.Length; i++)
        {
            if (!normalisation.Same(questions[i], expected[i], actual[i]))
            {
                return new Mismatch($"state of database {db}: {Latin1.Quote(questions[i])}", expected[i].ToString(), actual[i].ToString());
            }
        }

        return null;
    }

    private static string[] Keys(RespClient client) => [.. client.Must("KEYS", "*").Items.Select(i => i.String).Order(StringComparer.Ordinal)];
}
